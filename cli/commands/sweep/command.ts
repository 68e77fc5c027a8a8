import { recordsToMarkdown } from '../../../src/lab/results/export';
import { MemoryRecordStore } from '../../../src/lab/results/store';
import type { Plan } from '../../../src/lab/plan/plan';
import type { LabEvent } from '../../../src/lab/run/events';
import { runPlan, type RunOptions } from '../../../src/lab/run/run';
import type { NamedPlan } from '../../../src/lab/studies/namedPlans/definition';
import { openMeasuringLab } from '../../shared/measuringLab';
import { peakMemoryLine } from '../../../src/platform/node/peakMemory';
import { TerminalProgress } from '../../../src/platform/node/terminalProgress';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { runCommand } from '../../shared/command';
import { drawCurve } from '../../shared/curveHtml';
import { followRun, RunOutcome, stoppedText } from '../../shared/followRun';
import { CLI_PLAN_NAMES } from '../../shared/planNames';
import { openBrowserLab, type PageHost } from './browser';
import { parseSweep, SWEEP_HELP, type SweepRequest } from './options';
import { namedPlanText, shapesOf } from './report';
import type { Runner } from './runner';
import { predictedSizesText } from './sizes';

/** Runs `npm run sweep`. @returns the exit code */
export function main(args: readonly string[], host: PageHost): Promise<number> {
  return runCommand(
    {
      help: SWEEP_HELP,
      parse: (given) => parseSweep(given, CLI_PLAN_NAMES),
      execute: (request, signal) => sweep(request, host, signal),
    },
    args,
  );
}

async function sweep(request: SweepRequest, host: PageHost, signal: AbortSignal): Promise<number> {
  if (request.sizesOnly) return printSizes(request, signal);
  if (request.plans.length === 0) {
    process.stderr.write('This part has nothing to measure, since there are more parts than codecs.\n');
    return 0;
  }
  const folder = request.out === undefined ? undefined : await OutputFolder.open(request.out);
  const runner = await openRunner(request, host);
  const bar = new TerminalProgress(process.stderr);
  const outcome = new RunOutcome();
  try {
    for (const { model, events } of runsOf(request, runner, {
      store: folder ?? new MemoryRecordStore(),
      signal,
    })) {
      if (outcome.stopped) break;
      bar.start(model);
      await followRun(events(), bar, outcome, ({ codec, message, remedy }) =>
        bar.say(`${codec}: ${message} ${remedy}`),
      );
    }
  } finally {
    bar.clear();
    await runner.close();
    process.stderr.write(`${peakMemoryLine()}\n`);
    // The table is printed first: a full disk must not prevent that.
    process.stdout.write(recordsToMarkdown(outcome.records));
    if (request.named) await writeNamedPlan(request.named, outcome, request, folder);
    if (folder) await drawCurve(folder);
  }
  for (const codec of request.named?.expectedFailures ?? []) outcome.failures.delete(codec);
  return finish(outcome, folder);
}

async function printSizes({ plans }: SweepRequest, signal: AbortSignal): Promise<number> {
  for (const plan of plans) process.stdout.write(`${await predictedSizesText(plan, signal)}\n`);
  return 0;
}

interface OneRun {
  model: string;
  events: () => AsyncIterable<LabEvent>;
}

/** Returns a run for each plan, or the one run of a named plan that defines its own. */
function runsOf(
  { plans, named }: SweepRequest,
  runner: Runner,
  options: Required<Pick<RunOptions, 'store' | 'signal'>>,
): OneRun[] {
  const { lab } = runner;
  if (named?.run && lab) return [{ model: plans[0].model, events: () => named.run!(lab, plans, options) }];
  const { store, signal } = options;
  const eventsOf = (plan: Plan) =>
    named?.runEach && lab ? named.runEach(lab, plan, options) : runner.run(plan, store, signal);
  return plans.map((plan) => ({ model: plan.model, events: () => eventsOf(plan) }));
}

/** Prints a named plan's own table and writes it beside the records. */
async function writeNamedPlan(
  named: NamedPlan,
  { records, failures }: RunOutcome,
  { plans }: SweepRequest,
  folder: OutputFolder | undefined,
): Promise<void> {
  if (records.length === 0) return;
  const text = namedPlanText(named, { records, failures, shapes: await shapesOf(plans) });
  process.stdout.write(`\n${text}`);
  await folder?.write(`${named.id}.md`, text);
}

function finish(outcome: RunOutcome, folder: OutputFolder | undefined): number {
  if (folder) process.stderr.write(`Records: ${folder.path}\n`);
  if (!outcome.stopped) return outcome.failures.size > 0 ? 1 : 0;
  process.stderr.write(stoppedText(outcome, folder !== undefined));
  return 130;
}

function openRunner(request: SweepRequest, host: PageHost): Promise<Runner> {
  return request.backend === 'browser' ? openBrowserLab(host, request.out) : openDawnLab(request);
}

async function openDawnLab({ adapter, compute }: SweepRequest): Promise<Runner> {
  const lab = await openMeasuringLab({ adapter, compute });
  return {
    lab,
    run: (plan, store, signal) => runPlan(lab, plan, { signal, store }),
    close: async () => lab.gpu?.destroy(),
  };
}
