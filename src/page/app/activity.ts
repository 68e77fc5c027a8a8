import { Cancelled, LabError } from '../../base/errors';
import type { RunStatus } from '../../../workers/labCalls';
import { addError, isBusy, type Activity } from '../store/lab';
import type { Page } from './page';

/** What the work of an activity is given. */
export interface Job {
  /** Aborted when the user presses Stop. */
  signal: AbortSignal;
  /** Shows what is happening now. */
  say: (step: string) => void;
}

/**
 * Does one thing with the worker. Until it has ended nothing else begins, and Stop aborts its signal. An estimate that is
 * under way gives way.
 * @param record id of the record it is about
 * @throws LabError bad-input while something else goes on, and what `work` throws
 */
export async function occupy<T>(
  page: Page,
  kind: Activity['kind'],
  work: (job: Job) => Promise<T>,
  record: string | null = null,
): Promise<T> {
  const state = page.lab.getState();
  if (isBusy(state))
    throw new LabError('bad-input', 'The lab is busy.', 'Stop it, or wait until it has finished.');
  state.activity?.stop();
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  /** Changes this activity, unless another one has taken its place. */
  const update = (change: (own: Activity) => Activity | null): void =>
    page.lab.setState(({ activity: now }) => (now?.stop === stop ? { activity: change(now) } : {}));
  page.lab.setState({ activity: { kind, record, step: null, stopping: false, stop } });
  try {
    return await work({
      signal: controller.signal,
      say: (step) => update((own) => ({ ...own, step })),
    });
  } finally {
    update(() => null);
  }
}

/** Stops whatever the worker does. What is finished is kept. */
export function stop(page: Page): void {
  const { activity } = page.lab.getState();
  if (!activity || !isBusy(page.lab.getState())) return;
  page.lab.setState({ activity: { ...activity, stopping: true } });
  activity.stop();
}

/** Awaits a call that keeps what is finished when it is stopped, and returns how it ended. */
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
