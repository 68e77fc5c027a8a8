import type {
  BenchmarkRow,
  DeviceLine,
  GenerateRequest,
  LabRequest,
  LabResponse,
  TrainMessage,
  TrainRequest,
} from '../../workers/protocol';
import { Cancelled, LabError } from '../base/errors';
import type { LabEvent } from '../lab/run/events';
import type { Plan } from '../lab/plan/plan';
import type { LabRecord } from '../lab/results/record';
import type { RecordFile } from '../lab/artefacts/recordFile';
import type { ModelShape } from '../models/architecture';
import type { PickedModel } from '../models/load/fileList';

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

interface Generated {
  text: string;
  tokensPerSecond: number;
}

export interface LabClient {
  open(): Promise<DeviceLine>;
  estimate(plan: Plan): Promise<number>;
  run(plan: Plan, onEvent: (event: LabEvent) => void): Job<RunStatus>;
  generate(request: GenerateRequest, onToken: (text: string) => void): Job<Generated>;
  benchmark(onEvent: (event: LabEvent) => void): Job<BenchmarkRow[]>;
  /** @returns the record with what others found */
  verify(record: LabRecord, onStep: (step: string) => void): Job<LabRecord>;
  /** Makes a record's weights into a file; `format` is an id of `recordFormats`. */
  make(record: LabRecord, format: string, onStep: (step: string) => void): Job<RecordFile>;
  train(request: TrainRequest, onMessage: (message: TrainMessage) => void): Job<RunStatus>;
  /** Makes a model of chosen files known under its id, as long as the page lives. */
  pick(model: PickedModel): void;
  /** Lets go what was opened of a model, whose files are going. */
  forget(model: string): void;
  /** What a model is, by its files. @throws LabError when it cannot be used here */
  inspect(model: string): Promise<ModelShape>;
  /** Tells the worker that the tab was hidden or shown. */
  setHidden(hidden: boolean): void;
}

/** Patience with a worker that was told to stop; after that it is ended and a fresh one starts with the next request. */
const STOP_PATIENCE_MS = 5000;
/** A stopped training run writes a last checkpoint first. */
const TRAIN_PATIENCE_MS = 30_000;

type Handler = (message: LabResponse) => void;
/** Takes one answer; settles the job when it is the last. */
type Answer<T> = (message: LabResponse, resolve: (value: T) => void, reject: (error: Error) => void) => void;

/** Typed requests with ids over one worker, which starts with the first request and again after a crash. */
export function createLabClient(createPort: () => Port, onStray: (error: LabError) => void): LabClient {
  const line = new Connection(createPort, onStray);
  return {
    open: () => line.open(),
    estimate: (plan) => line.start<number>((id) => ({ type: 'estimate', id, plan }), takeEstimate).done,
    run: (plan, onEvent) => line.start<RunStatus>((id) => ({ type: 'run', id, plan }), takeRun(onEvent)),
    generate: (request, onToken) =>
      line.start<Generated>((id) => ({ type: 'generate', id, request }), takeText(onToken)),
    benchmark: (onEvent) =>
      line.start<BenchmarkRow[]>((id) => ({ type: 'benchmark', id }), takeBenchmark(onEvent)),
    verify: (record, onStep) =>
      line.start<LabRecord>((id) => ({ type: 'verify', id, record }), takeVerified(onStep)),
    make: (record, format, onStep) =>
      line.start<RecordFile>((id) => ({ type: 'make', id, record, format }), takeMade(onStep)),
    train: (request, onMessage) =>
      line.start<RunStatus>(
        (id) => ({ type: 'train', id, request }),
        takeTraining(onMessage),
        TRAIN_PATIENCE_MS,
      ),
    pick: (model) => line.pick(model),
    forget: (model) => line.tell({ type: 'forget', model }),
    inspect: (model) => line.start<ModelShape>((id) => ({ type: 'inspect', id, model }), takeShape).done,
    setHidden: (hidden) => line.setHidden(hidden),
  };
}

const takeEstimate: Answer<number> = (message, resolve, reject) => {
  if (message.type === 'estimated') resolve(message.estimateMs);
  else settle(message, reject);
};

const takeShape: Answer<ModelShape> = (message, resolve, reject) => {
  if (message.type === 'inspected') resolve(message.shape);
  else settle(message, reject);
};

function takeRun(onEvent: (event: LabEvent) => void): Answer<RunStatus> {
  return (message, resolve, reject) => {
    if (message.type === 'stopped') return resolve('stopped');
    if (message.type !== 'event') return settle(message, reject);
    onEvent(message.event);
    if (message.event.type === 'done') resolve(message.event.status);
  };
}

function takeText(onToken: (text: string) => void): Answer<Generated> {
  return (message, resolve, reject) => {
    if (message.type === 'token') onToken(message.text);
    else if (message.type === 'generated') resolve(message);
    else settle(message, reject);
  };
}

function takeBenchmark(onEvent: (event: LabEvent) => void): Answer<BenchmarkRow[]> {
  return (message, resolve, reject) => {
    if (message.type === 'event') onEvent(message.event);
    else if (message.type === 'benchmarked') resolve(message.rows);
    else settle(message, reject);
  };
}

function takeVerified(onStep: (step: string) => void): Answer<LabRecord> {
  return (message, resolve, reject) => {
    if (message.type === 'verifying') onStep(message.step);
    else if (message.type === 'verified') resolve(message.record);
    else settle(message, reject);
  };
}

function takeMade(onStep: (step: string) => void): Answer<RecordFile> {
  return (message, resolve, reject) => {
    if (message.type === 'making') onStep(message.step);
    else if (message.type === 'made') resolve(message.file);
    else settle(message, reject);
  };
}

function takeTraining(onMessage: (message: TrainMessage) => void): Answer<RunStatus> {
  return (answer, resolve, reject) => {
    if (answer.type === 'stopped') return resolve('stopped');
    if (answer.type !== 'training') return settle(answer, reject);
    onMessage(answer.message);
    if (answer.message.type === 'done') resolve(answer.message.status);
  };
}

function settle(message: LabResponse, reject: (error: Error) => void): void {
  if (message.type === 'stopped') reject(new Cancelled());
  if (message.type === 'error') reject(toError(message));
}

function toError(message: LabResponse & { type: 'error' }): LabError {
  return new LabError(message.code, message.message, message.remedy);
}

/** The worker behind the client: who waits for which answer, and what happens when it dies. */
class Connection {
  private readonly createPort: () => Port;
  private readonly onStray: (error: LabError) => void;
  private readonly handlers = new Map<number, Handler>();
  private port: Port | undefined;
  private opening: Handler | undefined;
  private nextId = 1;
  private hidden = false;
  private readonly picked = new Map<string, PickedModel>();

  constructor(createPort: () => Port, onStray: (error: LabError) => void) {
    this.createPort = createPort;
    this.onStray = onStray;
  }

  open(): Promise<DeviceLine> {
    return new Promise<DeviceLine>((resolve, reject) => {
      this.opening = (message) => {
        this.opening = undefined;
        if (message.type === 'opened') resolve(message.device);
        else if (message.type === 'error') reject(toError(message));
      };
      this.connect().postMessage({ type: 'open' });
    });
  }

  /** A worker that starts later hears of a hidden tab as well. */
  setHidden(hidden: boolean): void {
    this.hidden = hidden;
    this.tell({ type: 'visibility', hidden });
  }

  /** So does it of the models people chose. */
  pick(model: PickedModel): void {
    this.picked.set(model.id, model);
    this.tell({ type: 'pick', model });
  }

  /** Nothing to say to a worker that has not started. */
  tell(message: LabRequest): void {
    this.port?.postMessage(message);
  }

  /** Sends a request and feeds its answers to `answer` until that settles the job. */
  start<T>(request: (id: number) => LabRequest, answer: Answer<T>, patienceMs = STOP_PATIENCE_MS): Job<T> {
    const id = this.nextId++;
    const port = this.connect();
    let patience: ReturnType<typeof setTimeout> | undefined;
    const done = new Promise<T>((resolve, reject) => {
      this.handlers.set(id, (message) => answer(message, resolve, reject));
      port.postMessage(request(id));
    }).finally(() => {
      this.handlers.delete(id);
      clearTimeout(patience);
    });
    const stop = (): void => {
      if (!this.handlers.has(id)) return;
      port.postMessage({ type: 'stop', id });
      patience ??= setTimeout(() => this.giveUp(port, id), patienceMs);
    };
    return { done, stop };
  }

  private connect(): Port {
    if (this.port) return this.port;
    const port = this.createPort();
    port.onmessage = ({ data }) => this.receive(data);
    port.onerror = (event) => {
      event.preventDefault();
      this.crash(
        new LabError(
          'internal',
          `The lab's worker failed: ${event.message}`,
          'Reload the page and try again.',
        ),
      );
    };
    if (this.hidden) port.postMessage({ type: 'visibility', hidden: true });
    for (const model of this.picked.values()) port.postMessage({ type: 'pick', model });
    return (this.port = port);
  }

  private receive(message: LabResponse): void {
    if (message.type === 'opened') return this.opening?.(message);
    if (message.type === 'error' && message.id === null) return this.failAll(message);
    if (message.id !== null) this.handlers.get(message.id)?.(message);
  }

  /** An error without a request: opening failed, or the device is gone; whatever was under way has ended with it. */
  private failAll(message: LabResponse & { type: 'error' }): void {
    if (!this.opening && this.handlers.size === 0) return this.onStray(toError(message));
    this.opening?.(message);
    for (const [id, handler] of [...this.handlers]) handler({ ...message, id });
  }

  /** Ends a worker that does not stop; the next request starts a fresh one. */
  private giveUp(port: Port, id: number): void {
    this.handlers.get(id)?.({ type: 'stopped', id });
    this.handlers.delete(id);
    if (this.port === port)
      this.crash(new LabError('internal', 'The worker did not stop and was ended.', 'Run again.'));
  }

  private crash({ code, message, remedy }: LabError): void {
    this.port?.terminate();
    this.port = undefined;
    this.failAll({ type: 'error', id: null, code, message, remedy });
  }
}
