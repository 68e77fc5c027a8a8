import type { Lab } from '../../src/lab/lab';
import type { RecordStore } from '../../src/lab/results/store';
import type { LabCalls } from '../labCalls';
import type { Handlers } from '../serve';

/** The context of the lab's handlers. */
export interface LabContext {
  lab: Lab;
  /** Returns the lab that measures models, on the CPU if that is set, and loads what it needs at the first time. */
  measuringLab: () => Promise<Lab>;
  /** Opens the browser's records, which are in memory if its storage is blocked. */
  records: () => Promise<RecordStore>;
}

export type LabHandler<Kind extends keyof LabCalls> = Handlers<LabCalls, LabContext>[Kind];
