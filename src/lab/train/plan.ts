import type { TrainOptions } from '../../train/options';
import type { Plan } from '../plan/plan';
import type { Task } from '../plan/presets';

/**
 * A stage of training: `fresh` trains a float32 model from drawn weights, `head` one whose classifier alone was drawn, `qat` trains with weights rounded to three
 * values in every step, and `control` takes the same steps in float32, which separates the loss by rounding from the
 * gain by further training.
 */
export type TrainStage = 'fresh' | 'head' | 'qat' | 'control';

/** What to train and how to measure it. Checked once, frozen. */
export interface TrainPlan {
  model: string;
  task: Task;
  /** Name of a training set, or a file or folder for the command line. */
  data: string;
  /** The data set whose classes a new classifier gets; absent if the model keeps its own. */
  head?: string;
  /** Flip and shift training images. */
  augment: boolean;
  /** Options by stage, for the stages that run. */
  stages: Readonly<Partial<Record<TrainStage, TrainOptions>>>;
  /** How baseline and results are measured; its one codec is the rounding without training. */
  measure: Plan;
}

/** The stages in the order they run. */
export const TRAIN_STAGES: readonly TrainStage[] = ['fresh', 'head', 'qat', 'control'];
