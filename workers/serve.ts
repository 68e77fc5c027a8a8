import { Cancelled, describeError, throwIfAborted } from '../src/base/errors';
import type { CallMessage, CallTable, FromWorker, NoteMessage, ToWorker } from './calls';

/** The context of one call, which its handler gets together with the context of the worker. */
interface CallContext<Progress> {
  /** Aborted when the page stops this call, whether it runs or is queued. */
  signal: AbortSignal;
  report: (progress: Progress) => void;
}

/** A function for each kind of call. It throws a LabError for failures, and Cancelled after it was stopped. */
export type Handlers<Calls extends CallTable<Calls>, Context = unknown> = {
  [K in keyof Calls]: (
    params: Calls[K]['params'],
    context: Context & CallContext<Calls[K]['progress']>,
  ) => Promise<Calls[K]['result']>;
};

/** The part of the worker's global scope that `serve` uses; tests replace it. */
export interface WorkerScope<Calls extends CallTable<Calls>, Notes> {
  onmessage: ((event: MessageEvent<ToWorker<Calls, Notes>>) => void) | null;
  postMessage(message: FromWorker<Calls>): void;
}

export interface ServeOptions<Notes, Context> {
  /** `queue` runs one call after another; `parallel` starts each at once. */
  order: 'queue' | 'parallel';
  /** Returns the context of handlers before each call starts; if it throws, the call fails. */
  context(): Promise<Context>;
  notes: { [K in keyof Notes]: (value: Notes[K]) => void };
  /** Called for every call that failed or was stopped, after the page has been told. */
  onError?(error: unknown): void;
}

/** Handles the messages that arrive at `scope`: calls with the handler of their kind, stops, and notes. */
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
