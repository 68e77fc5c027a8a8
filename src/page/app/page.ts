import type { PersistentStore } from '../../platform/browser/recordStore';
import type { BenchStore } from '../store/benchStore';
import type { GenerationStore } from '../store/generationStore';
import type { LabStore } from '../store/labStore';
import type { ModelsStore } from '../store/modelsStore';
import type { PlanStore } from '../store/planStore';
import type { RecordsStore } from '../store/recordsStore';
import type { TrainStore } from '../store/trainStore';
import type { ViewStore } from '../store/viewStore';
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
