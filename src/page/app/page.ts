import type { PersistentStore } from '../../platform/browser/recordStore';
import type { BenchStore } from '../store/bench';
import type { DeltaStore } from '../store/delta';
import type { GenerationStore } from '../store/generation';
import type { InspectionStore } from '../store/inspection';
import type { LabStore } from '../store/lab';
import type { ModelsStore } from '../store/models';
import type { PlanStore } from '../store/plan';
import type { RecordsStore } from '../store/records';
import type { RoutingStore } from '../store/routing';
import type { TrainStore } from '../store/train';
import type { ValueGroup, ValuesStore } from '../store/values';
import type { ViewStore } from '../store/view';
import type { LabClient } from '../worker/labClient';

/** The state of the page, which commands change: its stores and the client of the worker. */
export interface Page {
  client: LabClient;
  lab: LabStore;
  plans: PlanStore;
  /** State of the models that are not embedded. */
  models: ModelsStore;
  records: RecordsStore;
  view: ViewStore;
  /** What views were asked, as texts that the address has: `decide` is the decision. */
  values: Readonly<Record<ValueGroup, ValuesStore>>;
  generation: GenerationStore;
  bench: BenchStore;
  delta: DeltaStore;
  inspection: InspectionStore;
  routing: RoutingStore;
  train: TrainStore;
  /** The records stored in the browser; rejects with a LabError if the browser cannot store data. */
  recordStore: Promise<PersistentStore>;
}
