import type { CallTable, FromWorker, NoteMessage, ToWorker } from '../../../workers/calls';
import { Cancelled, LabError } from '../../base/errors';

/** What the client needs of a Worker; tests give their own. */
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
  /** The error of a worker that died for this reason. */
  crashed(reason: string): LabError;
  /** Called for a crash while no call was waiting. */
  onStray?(error: LabError): void;
  /** Milliseconds in which a stopped call of this kind has to end before its worker is terminated; without it there is no limit. */
  patienceMs?(kind: keyof Calls): number;
  /** The notes that a worker gets when it starts. */
  greeting?(): readonly NoteMessage<Notes, keyof Notes>[];
}

/** A call that has no answer yet. */
interface Waiting<Calls extends CallTable<Calls>> {
  receive: (message: FromWorker<Calls>) => void;
  reject: (error: Error) => void;
}

/** Typed calls to one worker, which starts with the first call, and again with the next call after it crashed. */
export class WorkerClient<Calls extends CallTable<Calls>, Notes = Record<never, never>> {
  private readonly createPort: () => Port<Calls, Notes>;
  private readonly options: ClientOptions<Calls, Notes>;
  private readonly waiting = new Map<number, Waiting<Calls>>();
  private port: Port<Calls, Notes> | undefined;
  private nextId = 1;

  constructor(createPort: () => Port<Calls, Notes>, options: ClientOptions<Calls, Notes>) {
    this.createPort = createPort;
    this.options = options;
  }

  /**
   * Has the worker do one thing.
   * @throws LabError of the worker, or of its crash; Cancelled when `signal` ended the call
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
        this.waiting.set(id, { receive, reject });
        port.postMessage({ type: 'call', id, kind, params });
      });
    } finally {
      this.waiting.delete(id);
      ended.abort();
    }
  }

  /** Tells the worker something; one that has not started hears of it in the greeting. */
  tell<Kind extends keyof Notes>(kind: Kind, value: Notes[Kind]): void {
    this.port?.postMessage({ type: 'note', kind, value });
  }

  /** Asks for the end of a call, and terminates the worker when its patience is over. */
  private stop(port: Port<Calls, Notes>, kind: keyof Calls, id: number, ended: AbortSignal): void {
    port.postMessage({ type: 'stop', id });
    const patience = this.options.patienceMs?.(kind) ?? Infinity;
    if (patience === Infinity) return;
    const timer = setTimeout(() => this.giveUp(port, id), patience);
    ended.addEventListener('abort', () => clearTimeout(timer));
  }

  private connect(): Port<Calls, Notes> {
    if (this.port) return this.port;
    const port = this.createPort();
    port.onmessage = ({ data }) => this.waiting.get(data.id)?.receive(data);
    port.onerror = (event) => {
      event.preventDefault();
      this.crash(this.options.crashed(event.message));
    };
    for (const note of this.options.greeting?.() ?? []) port.postMessage(note);
    return (this.port = port);
  }

  private giveUp(port: Port<Calls, Notes>, id: number): void {
    this.waiting.get(id)?.reject(new Cancelled());
    this.waiting.delete(id);
    if (this.port === port)
      this.crash(
        new LabError('internal', 'The worker did not stop in time and was terminated.', 'Run again.'),
      );
  }

  /** Ends the worker and every call under way; the next call starts a fresh worker. */
  private crash(error: LabError): void {
    this.port?.terminate();
    this.port = undefined;
    if (this.waiting.size === 0) this.options.onStray?.(error);
    for (const { reject } of [...this.waiting.values()]) reject(error);
  }
}

function errorOf({ code, message, remedy }: { code: LabError['code']; message: string; remedy: string }) {
  return new LabError(code, message, remedy);
}
