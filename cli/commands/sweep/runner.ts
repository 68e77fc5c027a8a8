import type { LabEvent } from '../../../src/lab/run/events';
import type { Lab } from '../../../src/lab/lab';
import type { Plan } from '../../../src/lab/plan/plan';
import type { RecordStore } from '../../../src/lab/results/store';

/** Runs plans on Dawn in this process, or in a browser. Finished records are saved in the store. */
export interface Runner {
  run(plan: Plan, store: RecordStore, signal: AbortSignal): AsyncIterable<LabEvent>;
  /** The lab of this process, for named plans that define their own run; absent in a browser. */
  lab?: Lab;
  close(): Promise<void>;
}
