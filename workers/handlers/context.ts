import type { OpenedDevice } from '../../src/gpu/device';
import type { Lab } from '../../src/lab/lab';
import type { RecordStore } from '../../src/lab/results/store';
import type { FileSource } from '../../src/models/load/files';
import type { LabCalls } from '../labCalls';
import type { Handlers } from '../serve';

/** The context of the lab's handlers. */
export interface LabContext {
  /** The device; undefined where there is no adapter. */
  device: OpenedDevice | undefined;
  /** Returns the lab on that device. Its code is loaded while the adapter is requested. */
  openLab: () => Promise<Lab>;
  /** Returns the lab that measures models, on the CPU if that is set. The first call checks the adapter and loads what it needs. */
  measuringLab: (signal: AbortSignal) => Promise<Lab>;
  /** Returns the files of a model in hub layout. @throws LabError bad-plan for a model that is not available or has no such files */
  modelFiles: (name: string) => Promise<FileSource>;
  /** Opens the browser's records, which are in memory if its storage is blocked. */
  records: () => Promise<RecordStore>;
}

export type LabHandler<Kind extends keyof LabCalls> = Handlers<LabCalls, LabContext>[Kind];
