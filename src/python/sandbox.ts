import { Cancelled, LabError, throwIfAborted } from '../base/errors';
import guard from './guard.py?raw';
import type { FromPython, PythonFailure, PythonLimits, ToPython } from './messages';

/** A worker that runs `serveInterpreter`. */
export interface PythonWorker {
  post(message: ToPython): void;
  /** Ends the worker at once, whatever it is doing. */
  terminate(): void;
}

/** What a worker's host is told: messages, and the end of a worker that was not terminated. */
export interface PythonWorkerEvents {
  onMessage: (message: FromPython) => void;
  onEnd: (reason: string) => void;
}

/** Starts a worker. */
export type StartPythonWorker = (events: PythonWorkerEvents) => PythonWorker;

/** How a program ended. */
export interface PythonOutcome {
  /** Absent if it ran to its end. */
  failure?: PythonFailure;
}

/** The official evaluation of HumanEval allows 3 s in a native interpreter; WebAssembly is slower. */
const PYTHON_LIMITS: PythonLimits = { timeMs: 10_000, memoryBytes: 256 << 20, outputBytes: 1 << 20 };

/** Enough to load 13 MB and to start the interpreter on a slow connection or a busy machine. */
const START_MS = 120_000;

/**
 * Runs Python programs one at a time in a worker of their own, without network and host files, each as if in a new interpreter. A
 * program that exceeds a limit is ended with its worker; the next one gets another worker.
 */
export class PythonSandbox {
  private readonly startWorker: StartPythonWorker;
  private readonly limits: PythonLimits;
  private session: Session | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private programs = 0;

  constructor(startWorker: StartPythonWorker, limits: Partial<PythonLimits> = {}) {
    this.startWorker = startWorker;
    this.limits = { ...PYTHON_LIMITS, ...limits };
  }

  /**
   * Runs a program after those that were given before.
   * @throws LabError unsupported if Python cannot be started; Cancelled
   */
  run(program: string, signal?: AbortSignal): Promise<PythonOutcome> {
    const outcome = this.last.then(() => this.runNow(program, signal));
    this.last = outcome.catch(() => undefined);
    return outcome;
  }

  /** Ends the worker. Another program starts a new one. */
  dispose(): void {
    this.session?.end();
    this.session = undefined;
  }

  private async runNow(program: string, signal: AbortSignal | undefined): Promise<PythonOutcome> {
    throwIfAborted(signal);
    if (this.session?.isEnded) this.session = undefined;
    const session = (this.session ??= new Session(this.startWorker, this.limits));
    const stop = () => session.end(new Cancelled());
    signal?.addEventListener('abort', stop);
    try {
      await session.ready;
      const { reusable, ...outcome } = await session.run(this.programs++, program);
      if (!reusable) this.dispose();
      return outcome;
    } catch (error) {
      this.dispose();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
}

type Ended = PythonOutcome & { reusable: boolean };

/** One worker, from its start to its end. */
class Session {
  /** Resolves when Python has started. @throws LabError unsupported; Cancelled */
  readonly ready: Promise<void>;
  /** Whether the worker is gone. */
  isEnded = false;
  private readonly worker: PythonWorker;
  private readonly limits: PythonLimits;
  private readonly started = deferred<void>();
  private readonly timer: ReturnType<typeof setTimeout>;
  private running: { id: number; settle: Deferred<Ended> } | undefined;

  constructor(start: StartPythonWorker, limits: PythonLimits) {
    this.limits = limits;
    this.ready = this.started.promise;
    this.ready.catch(() => undefined);
    this.worker = start({
      onMessage: (message) => this.receive(message),
      onEnd: (reason) => this.lost(reason),
    });
    this.timer = setTimeout(() => this.lost(`it did not start within ${START_MS / 1000} s`), START_MS);
    this.worker.post({ type: 'start', guard, limits });
  }

  /** Runs a program until it ends or exceeds a limit. */
  async run(id: number, program: string): Promise<Ended> {
    const settle = deferred<Ended>();
    this.running = { id, settle };
    const { timeMs } = this.limits;
    const reason = `The program ran for more than ${timeMs / 1000} s.`;
    const timer = setTimeout(() => this.fail({ kind: 'time', reason }), timeMs);
    try {
      this.worker.post({ type: 'run', id, program });
      return await settle.promise;
    } finally {
      clearTimeout(timer);
      this.running = undefined;
    }
  }

  /** Ends the worker. @param error what a program or a start that is waiting throws */
  end(error: Error = new Cancelled()): void {
    this.isEnded = true;
    clearTimeout(this.timer);
    this.worker.terminate();
    this.started.reject(error);
    this.running?.settle.reject(error);
  }

  private receive(message: FromPython): void {
    if (message.type === 'ready') {
      clearTimeout(this.timer);
      this.started.resolve();
    } else if (message.type === 'failed') this.lost(message.message);
    else if (message.id !== this.running?.id) return;
    else if (message.type === 'result')
      this.running.settle.resolve({ failure: message.failure, reusable: message.reusable });
    else
      this.fail({
        kind: 'output',
        reason: `The program printed more than ${this.limits.outputBytes} bytes.`,
      });
  }

  /** Ends the worker with the program that it runs. */
  private fail(failure: PythonFailure): void {
    this.worker.terminate();
    this.running?.settle.resolve({ failure, reusable: false });
  }

  /** The worker ended by itself, or could not start. */
  private lost(reason: string): void {
    if (this.running) return this.fail({ kind: 'crash', reason: `The interpreter ended: ${reason}.` });
    this.end(
      new LabError(
        'unsupported',
        `Python (Pyodide) could not be started: ${reason}.`,
        'Check the connection, or install again with `npm install`.',
      ),
    );
  }
}

interface Deferred<Value> {
  promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

/** Makes a promise that others settle. Node 20 lacks Promise.withResolvers. */
function deferred<Value>(): Deferred<Value> {
  let settle!: Pick<Deferred<Value>, 'resolve' | 'reject'>;
  const promise = new Promise<Value>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle };
}
