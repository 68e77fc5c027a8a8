import type { LabEvent } from '../../../src/lab/run/events';
import type { LabRecord } from '../../../src/lab/results/record';
import { runPlan } from '../../../src/lab/run/run';
import { MemoryRecordStore } from '../../../src/lab/results/store';
import { chosenCells, validationPlan } from '../../../src/lab/studies/validation/plan';
import { passed, validationRows, validationText } from '../../../src/lab/studies/validation/table';
import { runCommand } from '../../shared/command';
import { lookUpHubModel } from '../../../src/platform/node/hub/models';
import { nodeLab } from '../../../src/platform/node/lab';
import { drawCurve } from '../../shared/curveHtml';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { ProgressBar } from '../../../src/platform/node/progressBar';
import { parseValidate, VALIDATE_HELP, type ValidateRequest } from './options';
import { CLI_WORLD } from '../../shared/world';

/** `npm run validate`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: VALIDATE_HELP, parse: parseValidate, execute: validate }, args);
}

/** What has been measured so far. */
interface Progress {
  records: Map<string, LabRecord>;
  failures: Map<string, string>;
  stopped: boolean;
}

async function validate(request: ValidateRequest, signal: AbortSignal): Promise<number> {
  const { grid, offline, model } = request;
  if (model === undefined) await lookUpHubModel(grid.model, offline, signal);
  const plan = validationPlan(grid, request, CLI_WORLD);
  const folder = request.out === undefined ? undefined : await OutputFolder.open(request.out);
  const lab = await nodeLab(request.adapter);
  const found: Progress = { records: new Map(), failures: new Map(), stopped: false };
  const bar = new ProgressBar(process.stderr);
  bar.start(grid.id);
  try {
    const store = folder ?? new MemoryRecordStore();
    for await (const event of runPlan(lab, plan, { store, signal })) follow(event, bar, found);
  } finally {
    bar.clear();
    lab.gpu.destroy();
  }
  return report(request, found, folder);
}

function follow(event: LabEvent, bar: ProgressBar, found: Progress): void {
  switch (event.type) {
    case 'started':
      return;
    case 'progress':
      return bar.update(event.progress);
    case 'record':
      return void found.records.set(event.record.id, event.record);
    case 'failed':
      return void found.failures.set(event.codec, event.message);
    case 'done':
      found.stopped = event.status === 'stopped';
  }
}

async function report(
  { grid, only, windows }: ValidateRequest,
  { records, failures, stopped }: Progress,
  folder: OutputFolder | undefined,
): Promise<number> {
  const found = { records: [...records.values()], failures };
  const rows = validationRows(grid, chosenCells(grid, only), found);
  const text = validationText(grid, rows, found);
  process.stdout.write(text);
  await folder?.write('validation.md', text);
  if (folder) await drawCurve(folder);
  if (folder) process.stderr.write(`Records: ${folder.path}\n`);
  if (!stopped) return passed(rows, windows !== undefined) ? 0 : 1;
  process.stderr.write(
    `Stopped.${folder ? ' The same command resumes it.' : ' With --out it could be resumed.'}\n`,
  );
  return 130;
}
