import type {
  DownloadRequest,
  DownloadResponse,
  DownloadTask,
  LookedUp,
} from '../../../workers/downloadProtocol';
import { Cancelled, LabError } from '../../base/errors';
import type { DownloadProgress, HubModel, StoredModel } from '../../models/hub/types';
import type { Job } from '../labClient';

/** What the client needs of a Worker; tests give their own. */
export interface DownloadPort {
  postMessage(message: DownloadRequest): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<DownloadResponse>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

export interface DownloadClient {
  /** @throws LabError when there is no such model, or nobody answers */
  look(model: string): Job<LookedUp>;
  /** Downloads a model, or goes on with it. `stop` keeps what arrived. */
  download(model: HubModel, onProgress: (progress: DownloadProgress) => void): Job<void>;
  list(): Promise<StoredModel[]>;
  delete(model: string, revision: string): Promise<void>;
}

type Handler = (message: DownloadResponse) => void;

/** @param token asked for each request: it is kept nowhere else */
export function createDownloadClient(createPort: () => DownloadPort, token: () => string): DownloadClient {
  const line = new DownloadLine(createPort, token);
  return {
    look: (model) =>
      line.start<LookedUp>({ type: 'look', model }, (message, resolve) => {
        if (message.type === 'looked') resolve(message.found);
      }),
    download: (model, onProgress) =>
      line.start<void>({ type: 'download', model }, (message, resolve) => {
        if (message.type === 'progress') onProgress(message.progress);
        if (message.type === 'done') resolve();
      }),
    list: () =>
      line.start<StoredModel[]>({ type: 'list' }, (message, resolve) => {
        if (message.type === 'listed') resolve(message.models);
      }).done,
    delete: (model, revision) =>
      line.start<void>({ type: 'delete', model, revision }, (message, resolve) => {
        if (message.type === 'done') resolve();
      }).done,
  };
}

/** One worker, started with the first request and again after a crash; many requests at a time. */
class DownloadLine {
  private readonly createPort: () => DownloadPort;
  private readonly token: () => string;
  private readonly handlers = new Map<number, Handler>();
  private port: DownloadPort | undefined;
  private nextId = 1;

  constructor(createPort: () => DownloadPort, token: () => string) {
    this.createPort = createPort;
    this.token = token;
  }

  start<T>(
    task: DownloadTask,
    answer: (message: DownloadResponse, resolve: (value: T) => void) => void,
  ): Job<T> {
    const id = this.nextId++;
    const port = this.connect();
    const token = this.token();
    const done = new Promise<T>((resolve, reject) => {
      this.handlers.set(id, (message) => {
        if (message.type === 'stopped') reject(new Cancelled());
        else if (message.type === 'error')
          reject(new LabError(message.code, message.message, message.remedy));
        else answer(message, resolve);
      });
      port.postMessage({ id, ...(token && { token }), ...task });
    }).finally(() => this.handlers.delete(id));
    return { done, stop: () => port.postMessage({ id: this.nextId++, type: 'stop', request: id }) };
  }

  private connect(): DownloadPort {
    if (this.port) return this.port;
    const port = this.createPort();
    port.onmessage = ({ data }) => this.handlers.get(data.id)?.(data);
    port.onerror = (event) => {
      event.preventDefault();
      this.crash(event.message);
    };
    return (this.port = port);
  }

  private crash(why: string): void {
    this.port?.terminate();
    this.port = undefined;
    const message = `The worker that downloads failed: ${why}`;
    const remedy = 'Try again; what has arrived is kept.';
    for (const [id, handler] of [...this.handlers])
      handler({ type: 'error', id, code: 'internal', message, remedy });
  }
}

/** Starts the worker; a bundler finds the file through this very expression. */
export function startDownloadWorker(): DownloadPort {
  return new Worker(new URL('../../../workers/download.worker.ts', import.meta.url), {
    type: 'module',
    name: 'download',
  });
}
