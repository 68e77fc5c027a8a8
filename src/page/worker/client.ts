import type { CallTable, FromWorker, NoteMessage, ToWorker } from '../../../workers/calls';
import { Cancelled, LabError } from '../../base/errors';

/** The part of a Worker that the client uses; tests replace it. */
export interface Port<Calls extends CallTable<Calls>, Notes> {
  postMessage(message: ToWorker<Calls, Notes>): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker<Calls>>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface CallOptions<Progress> {
  /** Ends the call: the worker is asked to stop, and the promise rejects with Cancelled once it has. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

export interface ClientOptions<Calls, Notes> {
  /** Returns the error of a worker that crashed for this reason. */
  crashError(reason: string): LabError;
  /** Called for a crash while no call is pending. */
  onIdleCrash?(error: LabError): void;
  /**
   * Returns the milliseconds after which the worker is terminated if a stopped call of this kind has not ended; no
   * limit by default.
   */
  stopTimeoutMs?(kind: keyof Calls): number;
  /** Returns the notes that are sent to a worker when it starts. */
  initialNotes?(): readonly NoteMessage<Notes, keyof Notes>[];
}

/** A call without an answer so far. */
interface PendingCall<Calls extends CallTable<Calls>> {
  receive: (message: FromWorker<Calls>) => void;
  reject: (error: Error) => void;
}

/** Makes typed calls to one worker, which is started by the first call, and again by the next call after a crash. */
export class WorkerClient<Calls extends CallTable<Calls>, Notes = Record<never, never>> {
  private readonly createPort: () => Port<Calls, Notes>;
  private readonly options: ClientOptions<Calls, Notes>;
  private readonly pending = new Map<number, PendingCall<Calls>>();
  private port: Port<Calls, Notes> | undefined;
  private nextId = 1;

  constructor(createPort: () => Port<Calls, Notes>, options: ClientOptions<Calls, Notes>) {
    this.createPort = createPort;
    this.options = options;
  }

  /**
   * Calls the worker.
   * @throws LabError of the worker or of its crash; Cancelled if `signal` ended the call
   */
  async call<Kind extends keyof Calls>(
    kind: Kind,
    params: Calls[Kind]['params'],
    { signal, onProgress }: CallOptions<Calls[Kind]['progress']> = {},
  ): Promise<Calls[Kind]['result']> {
    if (signal?.aborted) throw new Cancelled();
    const id = this.nextId++;
    const port = this.connect();
    const ended = new AbortController();
    signal?.addEventListener('abort', () => this.stop(port, kind, id, ended.signal), {
      signal: ended.signal,
    });
    try {
      return await new Promise<Calls[Kind]['result']>((resolve, reject) => {
        const receive = (message: FromWorker<Calls>): void => {
          if (message.type === 'progress') onProgress?.(message.progress);
          else if (message.type === 'result') resolve(message.result);
          else reject(message.type === 'stopped' ? new Cancelled() : errorOf(message));
        };
        this.pending.set(id, { receive, reject });
        port.postMessage({ type: 'call', id, kind, params });
      });
    } finally {
      this.pending.delete(id);
      ended.abort();
    }
  }

  /** Sends a note to the worker, if it has started; otherwise `initialNotes` includes it. */
  notify<Kind extends keyof Notes>(kind: Kind, value: Notes[Kind]): void {
    this.port?.postMessage({ type: 'note', kind, value });
  }

  /** Asks the worker to stop a call, and terminates the worker after a timeout. */
  private stop(port: Port<Calls, Notes>, kind: keyof Calls, id: number, ended: AbortSignal): void {
    port.postMessage({ type: 'stop', id });
    const timeoutMs = this.options.stopTimeoutMs?.(kind) ?? Infinity;
    if (timeoutMs === Infinity) return;
    const timer = setTimeout(() => this.abandon(port, id), timeoutMs);
    ended.addEventListener('abort', () => clearTimeout(timer));
  }

  private connect(): Port<Calls, Notes> {
    if (this.port) return this.port;
    const port = this.createPort();
    port.onmessage = ({ data }) => this.pending.get(data.id)?.receive(data);
    port.onerror = (event) => {
      event.preventDefault();
      this.crash(this.options.crashError(event.message));
    };
    for (const note of this.options.initialNotes?.() ?? []) port.postMessage(note);
    return (this.port = port);
  }

  private abandon(port: Port<Calls, Notes>, id: number): void {
    this.pending.get(id)?.reject(new Cancelled());
    this.pending.delete(id);
    if (this.port === port)
      this.crash(
        new LabError('internal', 'The worker did not stop in time and was terminated.', 'Run again.'),
      );
  }

  /** Terminates the worker and rejects every pending call; the next call starts a new worker. */
  private crash(error: LabError): void {
    this.port?.terminate();
    this.port = undefined;
    if (this.pending.size === 0) this.options.onIdleCrash?.(error);
    for (const { reject } of [...this.pending.values()]) reject(error);
  }
}

function errorOf({ code, message, remedy }: { code: LabError['code']; message: string; remedy: string }) {
  return new LabError(code, message, remedy);
}
