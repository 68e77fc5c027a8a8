import { Cancelled, LabError } from '../../base/errors';
import type { RunStatus } from '../../../workers/labCalls';
import { addError, isBusy, type Activity } from '../store/lab';
import type { Page } from './page';

/** The argument of an activity's work function. */
export interface ActivityContext {
  /** Aborted when the user presses Stop. */
  signal: AbortSignal;
  /** Shows the present step, in words. */
  showStep: (step: string) => void;
}

/**
 * Runs one activity of the worker. No other activity starts until it has ended, and Stop aborts its signal. A running estimate is
 * stopped instead.
 * @param record id of the record that the activity is about
 * @throws LabError bad-input while another activity runs, and what `work` throws
 */
export async function runActivity<T>(
  page: Page,
  kind: Activity['kind'],
  work: (context: ActivityContext) => Promise<T>,
  record: string | null = null,
): Promise<T> {
  const state = page.lab.getState();
  if (isBusy(state))
    throw new LabError('bad-input', 'The lab is busy.', 'Stop it, or wait until it has finished.');
  state.activity?.stop();
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  /** Changes this activity, unless another one has replaced it. */
  const update = (change: (own: Activity) => Activity | null): void =>
    page.lab.setState(({ activity: now }) => (now?.stop === stop ? { activity: change(now) } : {}));
  page.lab.setState({ activity: { kind, record, step: null, stopping: false, stop } });
  try {
    return await work({
      signal: controller.signal,
      showStep: (step) => update((own) => ({ ...own, step })),
    });
  } finally {
    update(() => null);
  }
}

/** Stops the present activity. Finished results are kept. */
export function stop(page: Page): void {
  const { activity } = page.lab.getState();
  if (!activity || !isBusy(page.lab.getState())) return;
  page.lab.setState({ activity: { ...activity, stopping: true } });
  activity.stop();
}

/** Awaits a call whose finished results are kept when it is stopped, and returns how it ended. */
export async function statusOf(call: Promise<RunStatus>): Promise<RunStatus> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof Cancelled) return 'stopped';
    throw error;
  }
}

/** Shows an error as a notice; a cancellation shows nothing. */
export function showError(page: Page, error: unknown, subject?: string): void {
  page.lab.setState((s) => addError(s, error, subject));
}
