import { LabError } from '../../base/errors';
import type { FileSource } from '../load/files';
import { systemClock, type Clock } from './clock';
import { fetchFile } from './fetchFile';
import type { RequestContext } from './request';
import { saveManifest } from './manifest';
import { Meter } from './meter';
import { modelFolder } from './paths';
import { isComplete, storedBytes } from './stored';
import { storedFiles } from './storedFiles';
import type { DownloadProgress, Hub, HubFile, HubModel } from './types';

export interface DownloadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  clock?: Clock;
}

/**
 * Downloads a model into the hub's store and opens it there. It resumes an earlier download; if it fails, what has
 * arrived is kept. Only one caller among all that use the store downloads at a time; the others wait and then find the
 * model complete.
 * @throws LabError network; storage, with the missing space; bad-input (missing or not accessible); bad-file (checksum);
 *   Cancelled
 */
export async function downloadModel(
  hub: Hub,
  model: HubModel,
  { signal, onProgress, clock = systemClock }: DownloadOptions = {},
): Promise<FileSource> {
  const meter = new Meter(sum(model.files.map(({ bytes }) => bytes)), clock, onProgress);
  const onWait = () => meter.wait(`Another tab or process is downloading ${model.id}; waiting for it.`);
  const download = new Download({ hub, clock, signal }, model, meter);
  try {
    return await hub.store.locked(modelFolder(model), () => download.run(), signal, onWait);
  } finally {
    meter.end();
  }
}

/**
 * Returns the number of bytes that a download still has to transfer, if nothing has to be repeated.
 * @throws LabError storage
 */
export async function bytesToFetch({ store }: Hub, model: HubModel): Promise<number> {
  const stored = await storedBytes(store, model);
  return sum(model.files.map((file) => missingBytes(file, stored)));
}

class Download {
  private stored: Map<string, number> = new Map();

  constructor(
    private readonly context: RequestContext,
    private readonly model: HubModel,
    private readonly meter: Meter,
  ) {}

  async run(): Promise<FileSource> {
    const { store } = this.context.hub;
    this.stored = await storedBytes(store, this.model);
    await this.checkSpace();
    await saveManifest(store, this.model, this.context.clock.now());
    for (const file of this.model.files) {
      this.meter.begin(file.name, this.loaded());
      if (!(await isComplete(store, this.model, file, this.stored.get(file.name)!))) await this.fetch(file);
      this.meter.begin(file.name, this.loaded());
    }
    return storedFiles(store, this.model);
  }

  private async fetch(file: HubFile): Promise<void> {
    const at = (size: number) => {
      this.stored.set(file.name, size);
      return this.loaded();
    };
    if (this.stored.get(file.name)) this.meter.wait(`Checking the stored part of ${file.name}.`);
    try {
      await fetchFile(this.context, this.model, file, {
        arrived: (bytes, size) => this.meter.arrived(bytes, at(size)),
        waiting: (why, size) => this.meter.wait(why, at(size)),
      });
    } catch (error) {
      throw error instanceof LabError && error.code === 'storage' ? this.noSpace(error) : error;
    }
  }

  private loaded(): number {
    return sum(this.model.files.map(({ name, bytes }) => Math.min(bytes, this.stored.get(name)!)));
  }

  private async checkSpace(): Promise<void> {
    const free = await this.context.hub.store.free();
    const needed = sum(this.model.files.map((file) => missingBytes(file, this.stored)));
    if (free === undefined || needed <= free) return;
    throw new LabError(
      'storage',
      `${this.model.id} needs ${megabytes(needed)} more, but only ${megabytes(free)} are free.`,
      `Make space for ${megabytes(needed - free)}: delete stored models or other files.`,
    );
  }

  private noSpace({ message, remedy, cause }: LabError): LabError {
    const missing = megabytes(sum(this.model.files.map((file) => missingBytes(file, this.stored))));
    return new LabError(
      'storage',
      `${message} ${missing} of ${this.model.id} are still missing.`,
      remedy,
      cause,
    );
  }
}

function missingBytes({ name, bytes }: HubFile, stored: ReadonlyMap<string, number>): number {
  return Math.max(0, bytes - stored.get(name)!);
}

/** Returns a number of bytes in MB, rounded up to 0.1 MB. */
function megabytes(bytes: number): string {
  return `${(Math.ceil(bytes / 1e5) / 10).toFixed(1)} MB`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
