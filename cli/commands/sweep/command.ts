import { recordsToMarkdown } from '../../../src/lab/results/export';
import type { LabEvent } from '../../../src/lab/run/events';
import type { LabRecord } from '../../../src/lab/results/record';
import type { NamedPlan, Results } from '../../../src/lab/studies/namedPlans/namedPlan';
import { runPlan, type RunOptions } from '../../../src/lab/run/run';
import { MemoryRecordStore } from '../../../src/lab/results/store';
import { openBrowserLab, type PageHost } from './browser';
import { runCommand } from '../../shared/command';
import { namedPlanText, shapesOf } from './report';
import { nodeLab } from '../../../src/platform/node/lab';
import { drawCurve } from '../../shared/curveHtml';
import { OutputFolder } from '../../../src/platform/node/recordStore';
import { ProgressBar } from '../../../src/platform/node/progressBar';
import type { Runner } from '../../shared/runner';
import { parseSweep, SWEEP_HELP, type SweepRequest } from './options';
import { CLI_WORLD } from '../../shared/world';

/** `npm run sweep`. @returns the exit code */
export function main(args: readonly string[], host: PageHost): Promise<number> {
  return runCommand(
    {
      help: SWEEP_HELP,
      parse: (given) => parseSweep(given, CLI_WORLD),
      execute: (request, signal) => sweep(request, host, signal),
    },
    args,
  );
}

/** What of a sweep is no record. */
interface End {
  /** Sentence by codec. */
  failures: Map<string, string>;
  stopped: boolean;
}

async function sweep(request: SweepRequest, host: PageHost, signal: AbortSignal): Promise<number> {
  const folder = request.out === undefined ? undefined : await OutputFolder.open(request.out);
  const runner = await openRunner(request, host);
  const bar = new ProgressBar(process.stderr);
  const records = new Map<string, LabRecord>();
  const end: End = { failures: new Map(), stopped: false };
  try {
    for (const { model, events } of runs(request, runner, {
      store: folder ?? new MemoryRecordStore(),
      signal,
    })) {
      if (end.stopped) break;
      bar.start(model);
      for await (const event of events()) follow(event, bar, records, end);
    }
  } finally {
    bar.clear();
    await runner.close();
    // First what cannot fail: a full disk must not keep the table from being seen.
    process.stdout.write(recordsToMarkdown([...records.values()]));
    if (request.named)
      await report(request.named, { records: [...records.values()], ...end }, request, folder);
    if (folder) await drawCurve(folder);
  }
  for (const codec of request.named?.expectedFailures ?? []) end.failures.delete(codec);
  return finish(end, folder, records.size);
}

interface OneRun {
  model: string;
  events: () => AsyncIterable<LabEvent>;
}

/** Plan after plan, or as the named plan has it. */
function runs(
  { plans, named }: SweepRequest,
  runner: Runner,
  options: Required<Pick<RunOptions, 'store' | 'signal'>>,
): OneRun[] {
  const { lab } = runner;
  if (named?.run && lab) return [{ model: plans[0].model, events: () => named.run!(lab, plans, options) }];
  const { store, signal } = options;
  return plans.map((plan) => ({ model: plan.model, events: () => runner.run(plan, store, signal) }));
}

function follow(event: LabEvent, bar: ProgressBar, records: Map<string, LabRecord>, end: End): void {
  switch (event.type) {
    case 'started':
      return;
    case 'progress':
      return bar.update(event.progress);
    case 'record':
      return void records.set(event.record.id, event.record);
    case 'failed':
      end.failures.set(event.codec, event.message);
      return bar.say(`${event.codec}: ${event.message} ${event.remedy}`);
    case 'done':
      end.stopped ||= event.status === 'stopped';
  }
}

/** Prints a named plan's own table and puts it beside the records. */
async function report(
  named: NamedPlan,
  found: Omit<Results, 'shapes'>,
  { plans }: SweepRequest,
  folder: OutputFolder | undefined,
): Promise<void> {
  if (found.records.length === 0) return;
  const text = namedPlanText(named, { ...found, shapes: await shapesOf(plans) });
  process.stdout.write(`\n${text}`);
  await folder?.write(`${named.id}.md`, text);
}

function finish({ failures, stopped }: End, folder: OutputFolder | undefined, measured: number): number {
  if (folder) process.stderr.write(`Records: ${folder.path}\n`);
  if (!stopped) return failures.size > 0 ? 1 : 0;
  const kept = folder ? 'The same command resumes it.' : 'With --out an interrupted sweep can be resumed.';
  process.stderr.write(`Stopped after ${measured} records. ${kept}\n`);
  return 130;
}

function openRunner({ backend, out, adapter }: SweepRequest, host: PageHost): Promise<Runner> {
  return backend === 'browser' ? openBrowserLab(host, out) : openDawnLab(adapter);
}

async function openDawnLab(adapter?: string): Promise<Runner> {
  const lab = await nodeLab(adapter);
  return {
    lab,
    run: (plan, store, signal) => runPlan(lab, plan, { signal, store }),
    close: async () => lab.gpu.destroy(),
  };
}
