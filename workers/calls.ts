import type { ErrorCode } from '../src/base/errors';

/** One kind of call to a worker: what it is given, what it reports while it works, and what it returns. */
interface Call {
  params: unknown;
  progress: unknown;
  result: unknown;
}

/** The constraint on a table of calls: every property is a `Call`. */
export type CallTable<Calls> = Record<keyof Calls, Call>;

/**
 * What a page sends to a worker: a call, the wish to end one, or a note. A note is answered by nothing and is taken at once, while
 * calls may wait for one another.
 */
export type ToWorker<Calls extends CallTable<Calls>, Notes> =
  CallMessage<Calls, keyof Calls> | { type: 'stop'; id: number } | NoteMessage<Notes, keyof Notes>;

/** What a worker sends back: any number of reports, then one of the other three. */
export type FromWorker<Calls extends CallTable<Calls>> =
  | { type: 'progress'; id: number; progress: Calls[keyof Calls]['progress'] }
  | { type: 'result'; id: number; result: Calls[keyof Calls]['result'] }
  | { type: 'stopped'; id: number }
  | { type: 'error'; id: number; code: ErrorCode; message: string; remedy: string };

/** A call on its way to the worker. */
export interface CallMessage<Calls extends CallTable<Calls>, Kind extends keyof Calls> {
  type: 'call';
  id: number;
  kind: Kind;
  params: Calls[Kind]['params'];
}

/** A note on its way to the worker. */
export interface NoteMessage<Notes, Kind extends keyof Notes> {
  type: 'note';
  kind: Kind;
  value: Notes[Kind];
}
