import type { ErrorCode } from '../src/base/errors';

/** The types of one kind of call to a worker: its parameters, its progress reports and its result. */
interface Call {
  params: unknown;
  progress: unknown;
  result: unknown;
}

/** The constraint on a table of calls: every property is a `Call`. */
export type CallTable<Calls> = Record<keyof Calls, Call>;

/**
 * A message from the page to a worker: a call, a request to stop one, or a note. A note has no answer and is handled at once, while
 * calls may be queued.
 */
export type ToWorker<Calls extends CallTable<Calls>, Notes> =
  CallMessage<Calls, keyof Calls> | { type: 'stop'; id: number } | NoteMessage<Notes, keyof Notes>;

/** A message from a worker to the page: any number of progress reports, then one of the other three. */
export type FromWorker<Calls extends CallTable<Calls>> =
  | { type: 'progress'; id: number; progress: Calls[keyof Calls]['progress'] }
  | { type: 'result'; id: number; result: Calls[keyof Calls]['result'] }
  | { type: 'stopped'; id: number }
  | { type: 'error'; id: number; code: ErrorCode; message: string; remedy: string };

/** A call as it is sent to the worker. */
export interface CallMessage<Calls extends CallTable<Calls>, Kind extends keyof Calls> {
  type: 'call';
  id: number;
  kind: Kind;
  params: Calls[Kind]['params'];
}

/** A note as it is sent to the worker. */
export interface NoteMessage<Notes, Kind extends keyof Notes> {
  type: 'note';
  kind: Kind;
  value: Notes[Kind];
}
