import type { DownloadCalls } from '../../../workers/downloadCalls';
import { LabError } from '../../base/errors';
import { WorkerClient, type Port } from './client';

export type DownloadPort = Port<DownloadCalls, Record<never, never>>;
export type DownloadClient = WorkerClient<DownloadCalls>;

/** The worker that downloads (workers/downloadCalls.ts); calls run side by side. */
export function createDownloadClient(createPort: () => DownloadPort = startDownloadWorker): DownloadClient {
  return new WorkerClient<DownloadCalls>(createPort, {
    crashed: (reason) =>
      new LabError(
        'internal',
        `The worker that downloads failed: ${reason}`,
        'Try again; what has arrived is kept.',
      ),
  });
}

/** Starts the worker; a bundler finds the file through this very expression. */
function startDownloadWorker(): DownloadPort {
  return new Worker(new URL('../../../workers/download.worker.ts', import.meta.url), {
    type: 'module',
    name: 'download',
  });
}
