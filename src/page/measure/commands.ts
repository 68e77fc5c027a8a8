import type { ComputeChoice } from '../../lab/compute';
import type { LabEvent } from '../../lab/run/events';
import type { Plan } from '../../lab/plan/plan';
import type { LabRecord } from '../../lab/results/record';
import { LabError } from '../../base/errors';
import { loadPlotly } from '../chart/loadPlotly';
import { canStart, endRun, failRun, applyRunEvent, startRun } from '../store/lab';
import { availabilityOf } from '../store/models';
import { cohortOf } from '../../lab/results/cohort';
import { withRecords } from '../store/records';
import { runActivity, showError, statusOf } from '../app/activity';
import type { Page } from '../app/page';

/** Runs the plan of the editor if it is valid and the worker is free. */
export function runDraft(page: Page): void {
  const { plan, problem } = page.plans.getState();
  if (problem) return showError(page, new LabError('bad-plan', problem.message, problem.remedy));
  if (canRunPlan(page)) void measurePlan(page, plan).catch(() => undefined);
}

/** Sets what runs models when they are measured; the duration of the plan is estimated again. */
export function chooseCompute(page: Page, compute: ComputeChoice): void {
  page.client.setCompute(compute);
  page.plans.setState({ estimateMs: null });
  page.lab.setState({ compute });
}

/** Whether the worker is free, the plan's model is available, and this device can run it. */
export function canRunPlan(page: Page): boolean {
  const { plan } = page.plans.getState();
  const models = page.models.getState();
  return (
    canStart(page.lab.getState()) &&
    availabilityOf(models, plan.model).state === 'available' &&
    models.feasibility?.can !== 'no'
  );
}

/**
 * Runs a plan to its end or to Stop.
 * @returns the plan's records: baseline, codecs, opponents
 * @throws LabError if the run cannot continue; finished records stay on the page
 */
export async function measurePlan(page: Page, plan: Plan): Promise<LabRecord[]> {
  const measured = new Map<string, LabRecord>();
  const onProgress = (event: LabEvent): void => {
    if (event.type === 'record') measured.set(event.record.id, event.record);
    handleRunEvent(page, event);
  };
  await runActivity(page, 'run', async ({ signal }) => {
    page.lab.setState((s) => startRun(s, plan));
    page.records.setState({ cohort: null, model: null });
    try {
      // Without the chart the run still fills the table. The chart itself reports why it cannot be drawn.
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

function handleRunEvent(page: Page, event: LabEvent): void {
  // Scripts that drive the page, such as `sweep --backend browser`, listen to this event.
  globalThis.dispatchEvent?.(new CustomEvent('lab:event', { detail: event }));
  page.lab.setState((s) => applyRunEvent(s, event));
  if (event.type !== 'record') return;
  const { record } = event;
  // A resumed run emits stored records, and the curve has to show their cohort whatever their age.
  page.records.setState((s) => ({ own: withRecords(s.own, [record], 'measured'), cohort: cohortOf(record) }));
}
