import type { Lab } from '../../src/lab/lab';
import type { RecordStore } from '../../src/lab/results/store';
import type { LabCalls } from '../labCalls';
import type { Handlers } from '../serve';

/** What the lab's handlers work with. */
export interface LabContext {
  lab: Lab;
  /** The browser's records; in memory where its storage is blocked. */
  records: () => Promise<RecordStore>;
}

export type LabHandler<Kind extends keyof LabCalls> = Handlers<LabCalls, LabContext>[Kind];
