import { LabError } from '../../base/errors';
import type { FileSource } from '../load/files';
import { systemClock, type Clock } from './clock';
import { fetchFile } from './fetchFile';
import type { RequestContext } from './request';
import { keepManifest } from './manifest';
import { Meter } from './meter';
import { modelFolder } from './paths';
import { isWhole, keptBytes } from './stored';
import { storedFiles } from './storedFiles';
import type { DownloadProgress, Hub, HubFile, HubModel } from './types';

export interface DownloadOptions {
  signal?: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
  clock?: Clock;
}

/**
 * Brings a model into the hub's store and opens it there. It goes on from what is kept; whatever ends it, what has arrived stays and the
 * next call goes on from there. Runs once at a time among all who use the store: the others wait, then find the model whole.
 * @throws LabError network, storage (room, with how much is missing), bad-input (not there, not allowed), bad-file (checksum); Cancelled
 */
export async function downloadModel(
  hub: Hub,
  model: HubModel,
  { signal, onProgress, clock = systemClock }: DownloadOptions = {},
): Promise<FileSource> {
  const meter = new Meter(sum(model.files.map(({ bytes }) => bytes)), clock, onProgress);
  const busy = () => meter.wait(`Another tab or process is downloading ${model.id}; waiting for it.`);
  const download = new Download({ hub, clock, signal }, model, meter);
  try {
    return await hub.store.locked(modelFolder(model), () => download.run(), signal, busy);
  } finally {
    meter.end();
  }
}

/**
 * What a download would still transfer, in bytes, if nothing has to be repeated.
 * @throws LabError storage
 */
export async function bytesToFetch({ store }: Hub, model: HubModel): Promise<number> {
  const kept = await keptBytes(store, model);
  return sum(model.files.map((file) => lacking(file, kept)));
}

class Download {
  private kept: Map<string, number> = new Map();

  constructor(
    private readonly context: RequestContext,
    private readonly model: HubModel,
    private readonly meter: Meter,
  ) {}

  async run(): Promise<FileSource> {
    const { store } = this.context.hub;
    this.kept = await keptBytes(store, this.model);
    await this.checkRoom();
    await keepManifest(store, this.model, this.context.clock.now());
    for (const file of this.model.files) {
      this.meter.begin(file.name, this.loaded());
      if (!(await isWhole(store, this.model, file, this.kept.get(file.name)!))) await this.fetch(file);
      this.meter.begin(file.name, this.loaded());
    }
    return storedFiles(store, this.model);
  }

  private async fetch(file: HubFile): Promise<void> {
    const at = (size: number) => {
      this.kept.set(file.name, size);
      return this.loaded();
    };
    if (this.kept.get(file.name)) this.meter.wait(`Checking what is kept of ${file.name}.`);
    try {
      await fetchFile(this.context, this.model, file, {
        arrived: (bytes, size) => this.meter.arrived(bytes, at(size)),
        waiting: (why, size) => this.meter.wait(why, at(size)),
      });
    } catch (error) {
      throw error instanceof LabError && error.code === 'storage' ? this.noRoom(error) : error;
    }
  }

  private loaded(): number {
    return sum(this.model.files.map(({ name, bytes }) => Math.min(bytes, this.kept.get(name)!)));
  }

  private async checkRoom(): Promise<void> {
    const free = await this.context.hub.store.free();
    const needed = sum(this.model.files.map((file) => lacking(file, this.kept)));
    if (free === undefined || needed <= free) return;
    throw new LabError(
      'storage',
      `${this.model.id} needs ${megabytes(needed)} more, but only ${megabytes(free)} are free here.`,
      `Make room for ${megabytes(needed - free)}: delete models that are kept here, or free disk space.`,
    );
  }

  private noRoom({ message, remedy, cause }: LabError): LabError {
    const missing = megabytes(sum(this.model.files.map((file) => lacking(file, this.kept))));
    return new LabError(
      'storage',
      `${message} ${missing} of ${this.model.id} are still missing.`,
      remedy,
      cause,
    );
  }
}

function lacking({ name, bytes }: HubFile, kept: ReadonlyMap<string, number>): number {
  return Math.max(0, bytes - kept.get(name)!);
}

/** Rounded up: so much room is enough. */
function megabytes(bytes: number): string {
  return `${(Math.ceil(bytes / 1e5) / 10).toFixed(1)} MB`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
