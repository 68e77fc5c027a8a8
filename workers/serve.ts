import { Cancelled, describeError, throwIfAborted } from '../src/base/errors';
import type { CallMessage, CallTable, FromWorker, NoteMessage, ToWorker } from './calls';

/** What every handler gets besides the call's parameters and the worker's own context. */
interface CallContext<Progress> {
  /** Aborted when the page stops this call, whether it runs or waits. */
  signal: AbortSignal;
  report: (progress: Progress) => void;
}

/** One function for each kind of call. It throws a LabError for what the user can act on, and Cancelled once it was stopped. */
export type Handlers<Calls extends CallTable<Calls>, Context = unknown> = {
  [K in keyof Calls]: (
    params: Calls[K]['params'],
    context: Context & CallContext<Calls[K]['progress']>,
  ) => Promise<Calls[K]['result']>;
};

/** The worker's side of the channel: `self`, or what a test puts in its place. */
export interface WorkerScope<Calls extends CallTable<Calls>, Notes> {
  onmessage: ((event: MessageEvent<ToWorker<Calls, Notes>>) => void) | null;
  postMessage(message: FromWorker<Calls>): void;
}

export interface ServeOptions<Notes, Context> {
  /** `queue` runs one call after another, `parallel` begins each at once. */
  order: 'queue' | 'parallel';
  /** What handlers work with, asked for when a call's turn comes; if it throws, the call fails. */
  context(): Promise<Context>;
  notes: { [K in keyof Notes]: (value: Notes[K]) => void };
  /** Called for every call that failed or was stopped, after the page was told. */
  onError?(error: unknown): void;
}

/** Answers the calls that arrive at `scope`, each by the handler of its kind. */
export function serve<Calls extends CallTable<Calls>, Notes, Context>(
  scope: WorkerScope<Calls, Notes>,
  handlers: Handlers<Calls, Context>,
  options: ServeOptions<Notes, Context>,
): void {
  const pending = new Map<number, AbortController>();
  let last: Promise<void> = Promise.resolve();

  scope.onmessage = ({ data }) => {
    switch (data.type) {
      case 'call':
        return accept(data);
      case 'stop':
        return pending.get(data.id)?.abort();
      case 'note':
        return take(data);
    }
  };

  function take<K extends keyof Notes>({ kind, value }: NoteMessage<Notes, K>): void {
    options.notes[kind](value);
  }

  function accept(call: CallMessage<Calls, keyof Calls>): void {
    const controller = new AbortController();
    pending.set(call.id, controller);
    const before = options.order === 'queue' ? last : Promise.resolve();
    last = before.then(() => answer(call, controller.signal));
  }

  async function answer(call: CallMessage<Calls, keyof Calls>, signal: AbortSignal): Promise<void> {
    const { id } = call;
    try {
      const result = await perform(call, signal);
      scope.postMessage({ type: 'result', id, result });
    } catch (error) {
      if (error instanceof Cancelled) scope.postMessage({ type: 'stopped', id });
      else scope.postMessage({ type: 'error', id, ...describeError(error) });
      options.onError?.(error);
    } finally {
      pending.delete(id);
    }
  }

  async function perform<K extends keyof Calls>(
    { id, kind, params }: CallMessage<Calls, K>,
    signal: AbortSignal,
  ): Promise<Calls[K]['result']> {
    const context = await options.context();
    throwIfAborted(signal);
    const report = (progress: Calls[K]['progress']): void =>
      scope.postMessage({ type: 'progress', id, progress });
    return handlers[kind](params, { ...context, signal, report });
  }
}
