import type { LabEvent } from '../../lab/run/events';
import type { Plan } from '../../lab/plan/plan';
import type { LabRecord } from '../../lab/results/record';
import { LabError } from '../../base/errors';
import { loadPlotly } from '../chart/loadPlotly';
import type { Job, RunStatus } from '../labClient';
import { addError, endRun, failRun, onRunEvent, startRun } from '../store/labStore';
import { presenceOf } from '../store/modelsStore';
import { cohortOf, withRecords } from '../store/recordsStore';
import type { Page } from './page';

/** The run under way, for Stop; one at a time. */
const jobs = new WeakMap<Page, Job<unknown>>();

/** Runs that wait for the chart library. */
const starting = new WeakSet<Page>();

/** True while the worker is busy with a run, a benchmark, training, a text, a check or a file. */
export function isBusy(page: Page): boolean {
  return (
    starting.has(page) ||
    page.lab.getState().phase === 'running' ||
    page.bench.getState().running ||
    page.train.getState().running ||
    page.generation.getState().running ||
    page.records.getState().checking !== null ||
    page.records.getState().making !== null
  );
}

/** Runs the plan in the editor, if it is valid and nothing else is running. */
export function runDraft(page: Page): void {
  const { plan, problem } = page.plans.getState();
  if (problem) return showError(page, new LabError('bad-plan', problem.message, problem.remedy));
  if (canRunPlan(page)) void runPlan(page, plan).catch(() => undefined);
}

/** As `canRun`, and the model is here and this device does not rule it out. */
export function canRunPlan(page: Page): boolean {
  const { plan } = page.plans.getState();
  const models = page.models.getState();
  return canRun(page) && presenceOf(models, plan.model).state === 'here' && models.fitness?.can !== 'no';
}

export function canRun(page: Page): boolean {
  const { blocked, phase } = page.lab.getState();
  return !blocked && phase !== 'booting' && !isBusy(page);
}

/**
 * Runs a plan to its end or to Stop.
 * @returns the plan's records: baseline, codecs, opponents
 * @throws LabError when it could not go on; what was finished stays on the page
 */
export async function runPlan(page: Page, plan: Plan): Promise<LabRecord[]> {
  const measured = new Map<string, LabRecord>();
  starting.add(page);
  // A run without a chart still fills the table: drawing reports its own failure.
  await loadPlotly().catch(() => undefined);
  starting.delete(page);
  page.lab.setState((s) => startRun(s, plan));
  page.records.setState({ cohort: null, model: null });
  try {
    const job = page.client.run(plan, (event) => {
      if (event.type === 'record') measured.set(event.record.id, event.record);
      takeEvent(page, event);
    });
    jobs.set(page, job);
    const status: RunStatus = await job.done;
    page.lab.setState((s) => endRun(s, status));
    return [...measured.values()];
  } catch (error) {
    page.lab.setState((s) => failRun(s, error));
    throw error;
  } finally {
    jobs.delete(page);
  }
}

function takeEvent(page: Page, event: LabEvent): void {
  // For scripts that drive the page, such as `sweep --backend browser`.
  globalThis.dispatchEvent?.(new CustomEvent('lab:event', { detail: event }));
  page.lab.setState((s) => onRunEvent(s, event));
  if (event.type !== 'record') return;
  const { record } = event;
  // A resumed run hands out stored records: the curve must show their cohort, however old they are.
  page.records.setState((s) => ({ own: withRecords(s.own, [record], 'measured'), cohort: cohortOf(record) }));
}

/** Stops whatever the worker does; what is finished stays. */
export function stop(page: Page): void {
  page.lab.setState(({ run }) => ({ run: run && { ...run, stopping: run.status === 'running' } }));
  page.train.setState(({ running }) => ({ stopping: running }));
  jobs.get(page)?.stop();
}

/** Runs a benchmark, training or a generation under the same Stop. */
export async function tracked<T>(page: Page, job: Job<T>): Promise<T> {
  jobs.set(page, job);
  try {
    return await job.done;
  } finally {
    jobs.delete(page);
  }
}

export async function benchmark(page: Page): Promise<void> {
  if (!canRun(page)) return;
  page.bench.setState({ running: true, progress: null, rows: [] });
  try {
    const job = page.client.benchmark((event) => {
      if (event.type === 'progress') page.bench.setState({ progress: event.progress });
    });
    page.bench.setState({ rows: await tracked(page, job) });
  } catch (error) {
    showError(page, error, 'Benchmark');
  } finally {
    page.bench.setState({ running: false, progress: null });
  }
}

export function showError(page: Page, error: unknown, subject?: string): void {
  page.lab.setState((s) => addError(s, error, subject));
}
