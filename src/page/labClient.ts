import type {
  BenchmarkRow,
  DeviceLine,
  GenerateRequest,
  LabRequest,
  LabResponse,
} from '../../workers/protocol';
import { Cancelled, LabError } from '../base/errors';
import type { LabEvent } from '../lab/events';
import type { Plan } from '../lab/plan';

/** What the client needs of a Worker; tests give their own. */
export interface Port {
  postMessage(message: LabRequest): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<LabResponse>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** A long request: `done` settles once; `stop` asks the worker to end it and keep what is done. */
export interface Job<T> {
  done: Promise<T>;
  stop(): void;
}

export type RunStatus = 'complete' | 'stopped';

export interface LabClient {
  open(): Promise<DeviceLine>;
  estimate(plan: Plan): Promise<number>;
  run(plan: Plan, onEvent: (event: LabEvent) => void): Job<RunStatus>;
  generate(
    request: GenerateRequest,
    onToken: (text: string) => void,
  ): Job<{ text: string; tokensPerSecond: number }>;
  benchmark(onEvent: (event: LabEvent) => void): Job<BenchmarkRow[]>;
  /** Tells the worker that the tab was hidden or shown. */
  setHidden(hidden: boolean): void;
}

/** Patience with a worker that was told to stop; after that it is ended and a fresh one starts with the next request. */
const STOP_PATIENCE_MS = 5000;

type Handler = (message: LabResponse) => void;

/** Typed requests with ids over one worker, which starts with the first request and again after a crash. */
export function createLabClient(createPort: () => Port, onStray: (error: LabError) => void): LabClient {
  const handlers = new Map<number, Handler>();
  let port: Port | undefined;
  let opened: ((message: LabResponse) => void) | undefined;
  let nextId = 1;

  function connect(): Port {
    if (port) return port;
    port = createPort();
    port.onmessage = ({ data }) => receive(data);
    port.onerror = (event) => {
      event.preventDefault?.();
      crash(
        new LabError(
          'internal',
          `The lab's worker failed: ${event.message}`,
          'Reload the page and try again.',
        ),
      );
    };
    return port;
  }

  function receive(message: LabResponse): void {
    if (message.type === 'opened') return opened?.(message);
    if (message.type === 'error' && message.id === null) return failAll(message);
    if (message.id !== null) handlers.get(message.id)?.(message);
  }

  /** An error without a request: opening failed, or the device is gone; whatever was under way has ended with it. */
  function failAll(message: LabResponse & { type: 'error' }): void {
    if (!opened && handlers.size === 0) return onStray(toError(message));
    opened?.(message);
    for (const [id, handler] of [...handlers]) handler({ ...message, id });
  }

  function crash(error: LabError): void {
    port?.terminate();
    port = undefined;
    failAll({ type: 'error', id: null, code: error.code, message: error.message, remedy: error.remedy });
  }

  /** Sends a request and feeds its answers to `handle` until that settles the job. */
  function start<T>(
    request: (id: number) => LabRequest,
    handle: (message: LabResponse, resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Job<T> {
    const id = nextId++;
    const live = connect();
    let patience: ReturnType<typeof setTimeout> | undefined;
    const done = new Promise<T>((resolve, reject) => {
      handlers.set(id, (message) => handle(message, resolve, reject));
      live.postMessage(request(id));
    }).finally(() => {
      handlers.delete(id);
      clearTimeout(patience);
    });
    const stop = (): void => {
      if (!handlers.has(id)) return;
      live.postMessage({ type: 'stop', id });
      patience ??= setTimeout(() => {
        handlers.get(id)?.({ type: 'stopped', id });
        if (port === live)
          crash(new LabError('internal', 'The worker did not stop and was ended.', 'Run again.'));
      }, STOP_PATIENCE_MS);
    };
    return { done, stop };
  }

  return {
    open: () =>
      new Promise<DeviceLine>((resolve, reject) => {
        opened = (message) => {
          opened = undefined;
          if (message.type === 'opened') resolve(message.device);
          else if (message.type === 'error') reject(toError(message));
        };
        connect().postMessage({ type: 'open' });
      }),
    estimate: (plan) =>
      start<number>(
        (id) => ({ type: 'estimate', id, plan }),
        (message, resolve, reject) => {
          if (message.type === 'estimated') resolve(message.estimateMs);
          else settle(message, reject);
        },
      ).done,
    run: (plan, onEvent) =>
      start<RunStatus>(
        (id) => ({ type: 'run', id, plan }),
        (message, resolve, reject) => {
          if (message.type === 'stopped') return resolve('stopped');
          if (message.type !== 'event') return settle(message, reject);
          onEvent(message.event);
          if (message.event.type === 'done') resolve(message.event.status);
        },
      ),
    generate: (request, onToken) =>
      start(
        (id) => ({ type: 'generate', id, request }),
        (message, resolve, reject) => {
          if (message.type === 'token') onToken(message.text);
          else if (message.type === 'generated') resolve(message);
          else settle(message, reject);
        },
      ),
    benchmark: (onEvent) =>
      start<BenchmarkRow[]>(
        (id) => ({ type: 'benchmark', id }),
        (message, resolve, reject) => {
          if (message.type === 'event') onEvent(message.event);
          else if (message.type === 'benchmarked') resolve(message.rows);
          else settle(message, reject);
        },
      ),
    setHidden: (hidden) => port?.postMessage({ type: 'visibility', hidden }),
  };
}

function settle(message: LabResponse, reject: (error: Error) => void): void {
  if (message.type === 'stopped') reject(new Cancelled());
  if (message.type === 'error') reject(toError(message));
}

function toError(message: LabResponse & { type: 'error' }): LabError {
  return new LabError(message.code, message.message, message.remedy);
}
