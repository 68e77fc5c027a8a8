import type { DownloadCalls } from '../../../workers/downloadCalls';
import { LabError } from '../../base/errors';
import { WorkerClient, type Port } from './client';

export type DownloadPort = Port<DownloadCalls, Record<never, never>>;
export type DownloadClient = WorkerClient<DownloadCalls>;

/** Creates the client of the worker that downloads (workers/downloadCalls.ts); calls run in parallel. */
export function createDownloadClient(createPort: () => DownloadPort = startDownloadWorker): DownloadClient {
  return new WorkerClient<DownloadCalls>(createPort, {
    crashError: (reason) =>
      new LabError(
        'internal',
        `The worker that downloads failed: ${reason}`,
        'Try again; the bytes received are kept.',
      ),
  });
}

/** Starts the worker. The bundler recognises exactly this form of expression. */
function startDownloadWorker(): DownloadPort {
  return new Worker(new URL('../../../workers/download.worker.ts', import.meta.url), {
    type: 'module',
    name: 'download',
  });
}
