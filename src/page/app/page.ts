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

/** Everything the page consists of besides what is drawn: stores hold state, commands (below) change it. */
export interface Page {
  client: LabClient;
  lab: LabStore;
  plans: PlanStore;
  /** Models that do not ship with the page. */
  models: ModelsStore;
  records: RecordsStore;
  view: ViewStore;
  generation: GenerationStore;
  bench: BenchStore;
  train: TrainStore;
  /** Opened once; rejects with a LabError where the browser keeps no data. */
  kept: Promise<PersistentStore>;
}
