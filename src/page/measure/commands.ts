import type { LabEvent } from '../../lab/run/events';
import type { Plan } from '../../lab/plan/plan';
import type { LabRecord } from '../../lab/results/record';
import { LabError } from '../../base/errors';
import { loadPlotly } from '../chart/loadPlotly';
import { canBegin, endRun, failRun, onRunEvent, startRun } from '../store/lab';
import { presenceOf } from '../store/models';
import { cohortOf, withRecords } from '../store/records';
import { occupy, showError, statusOf } from '../app/activity';
import type { Page } from '../app/page';

/** Runs the plan of the editor if it is valid and the worker is free. */
export function runDraft(page: Page): void {
  const { plan, problem } = page.plans.getState();
  if (problem) return showError(page, new LabError('bad-plan', problem.message, problem.remedy));
  if (canRunPlan(page)) void measurePlan(page, plan).catch(() => undefined);
}

/** Whether the worker is free, the plan's model is here, and this device can run it. */
export function canRunPlan(page: Page): boolean {
  const { plan } = page.plans.getState();
  const models = page.models.getState();
  return (
    canBegin(page.lab.getState()) &&
    presenceOf(models, plan.model).state === 'here' &&
    models.feasibility?.can !== 'no'
  );
}

/**
 * Runs a plan to its end or to Stop.
 * @returns the plan's records: baseline, codecs, opponents
 * @throws LabError when the run cannot continue; what was finished stays on the page
 */
export async function measurePlan(page: Page, plan: Plan): Promise<LabRecord[]> {
  const measured = new Map<string, LabRecord>();
  const onProgress = (event: LabEvent): void => {
    if (event.type === 'record') measured.set(event.record.id, event.record);
    takeEvent(page, event);
  };
  await occupy(page, 'run', async ({ signal }) => {
    page.lab.setState((s) => startRun(s, plan));
    page.records.setState({ cohort: null, model: null });
    try {
      // A run without a chart still fills the table: drawing reports its own failure.
      await loadPlotly().catch(() => undefined);
      const status = await statusOf(page.client.call('run', plan, { signal, onProgress }));
      page.lab.setState((s) => endRun(s, status));
    } catch (error) {
      page.lab.setState((s) => failRun(s, error));
      throw error;
    }
  });
  return [...measured.values()];
}

function takeEvent(page: Page, event: LabEvent): void {
  // Scripts that drive the page listen to this, such as `sweep --backend browser`.
  globalThis.dispatchEvent?.(new CustomEvent('lab:event', { detail: event }));
  page.lab.setState((s) => onRunEvent(s, event));
  if (event.type !== 'record') return;
  const { record } = event;
  // A resumed run hands out stored records: the curve must show their cohort, however old they are.
  page.records.setState((s) => ({ own: withRecords(s.own, [record], 'measured'), cohort: cohortOf(record) }));
}
