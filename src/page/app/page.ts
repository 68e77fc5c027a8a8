import type { PersistentStore } from '../../platform/browser/recordStore';
import type { BenchStore } from '../store/bench';
import type { GenerationStore } from '../store/generation';
import type { LabStore } from '../store/lab';
import type { ModelsStore } from '../store/models';
import type { PlanStore } from '../store/plan';
import type { RecordsStore } from '../store/records';
import type { TrainStore } from '../store/train';
import type { ViewStore } from '../store/view';
import type { LabClient } from '../worker/labClient';

/** What the page consists of besides its components: stores that hold state, and the client to the worker. Commands change both. */
export interface Page {
  client: LabClient;
  lab: LabStore;
  plans: PlanStore;
  /** State of the models that do not ship with the page. */
  models: ModelsStore;
  records: RecordsStore;
  view: ViewStore;
  generation: GenerationStore;
  bench: BenchStore;
  train: TrainStore;
  /** The browser's records, opened once; rejects with a LabError where the browser stores no data. */
  kept: Promise<PersistentStore>;
}
