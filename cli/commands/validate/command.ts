import { MemoryRecordStore } from '../../../src/lab/results/store';
import { runPlan } from '../../../src/lab/run/run';
import { chosenCells, validationPlan } from '../../../src/lab/studies/validation/plan';
import { passed, validationRows, validationText } from '../../../src/lab/studies/validation/table';
import { lookUpHubModel } from '../../../src/platform/node/hub/models';
import { openMeasuringLab } from '../../shared/measuringLab';
import { TerminalProgress } from '../../../src/platform/node/terminalProgress';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { runCommand } from '../../shared/command';
import { drawCurve } from '../../shared/curveHtml';
import { followRun, RunOutcome, stoppedText } from '../../shared/followRun';
import { CLI_PLAN_NAMES } from '../../shared/planNames';
import { parseValidate, VALIDATE_HELP, type ValidateRequest } from './options';

/** Runs `npm run validate`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: VALIDATE_HELP, parse: parseValidate, execute: validate }, args);
}

async function validate(request: ValidateRequest, signal: AbortSignal): Promise<number> {
  const { grid, offline, model } = request;
  if (model === undefined) await lookUpHubModel(grid.model, offline, signal);
  const plan = validationPlan(grid, request, CLI_PLAN_NAMES);
  const folder = request.out === undefined ? undefined : await OutputFolder.open(request.out);
  const lab = await openMeasuringLab(request);
  const outcome = new RunOutcome();
  const bar = new TerminalProgress(process.stderr);
  bar.start(grid.id);
  try {
    const store = folder ?? new MemoryRecordStore();
    await followRun(runPlan(lab, plan, { store, signal }), bar, outcome);
  } finally {
    bar.clear();
    lab.gpu?.destroy();
  }
  return finish(request, outcome, folder);
}

async function finish(
  { grid, only, windows }: ValidateRequest,
  outcome: RunOutcome,
  folder: OutputFolder | undefined,
): Promise<number> {
  const rows = validationRows(grid, chosenCells(grid, only), outcome);
  const text = validationText(grid, rows, outcome);
  process.stdout.write(text);
  await folder?.write('validation.md', text);
  if (folder) await drawCurve(folder);
  if (folder) process.stderr.write(`Records: ${folder.path}\n`);
  if (!outcome.stopped) return passed(rows, windows !== undefined) ? 0 : 1;
  process.stderr.write(stoppedText(outcome, folder !== undefined));
  return 130;
}
