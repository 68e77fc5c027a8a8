import type { Model } from '../../models/model';
import type { ModelWeights } from '../../runtime/forward/weights';
import type { TrialCaches } from '../calibration/calibrator';
import type { WorkUnits } from '../estimate/time';
import type { Lab } from '../lab';
import type { Plan } from '../plan/plan';
import type { LabRecord, Quality, RecordSample, Training } from '../results/record';

/** One evaluation as a record stores it. */
export interface Evaluation {
  quality: Quality;
  samples: RecordSample[];
  /** Independent clusters behind the intervals. */
  clusters: number;
  speed: Pick<LabRecord['speed'], 'prefillTokensPerSecond' | 'imagesPerSecond'>;
}

/** How an evaluation is called and stopped. */
interface Control {
  label: string;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

/** A task's evaluator (text or images) with its data, ready to measure any weights of the model. */
export interface PlanEvaluation {
  units: WorkUnits;
  dataSha256: string;
  measureBaseline(control: Control): Promise<Evaluation>;
  measure(weights: ModelWeights, control: Control): Promise<Evaluation>;
  /** Runs the first batch; returns its number of sequences. */
  probe(control: Control): Promise<number>;
  /** Token losses of the first batch, to compare two forms of the same weights. */
  firstLosses?: (weights: ModelWeights, control: Control) => Promise<Float64Array>;
  dispose(): void;
}

/** What an evaluator is made of. */
export interface EvaluationInput {
  lab: Lab;
  plan: Plan;
  model: Model;
  baseline: ModelWeights;
  signal?: AbortSignal;
  trialCaches?: TrialCaches;
  /** How the model was trained, when it is not the one the plan names. */
  training?: Training;
}
