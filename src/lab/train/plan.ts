import type { TrainOptions } from '../../train/options';
import type { Plan } from '../plan/plan';
import type { Task } from '../plan/presets';

/**
 * What is trained: `fresh` a float32 model from newly drawn weights, `qat` with its weights rounded to three values in every step,
 * `control` the same steps in float32, so that what rounding costs is not mistaken for what further training gives.
 */
export type TrainStage = 'fresh' | 'qat' | 'control';

/** What to train and how to measure it. Checked once, frozen. */
export interface TrainPlan {
  model: string;
  task: Task;
  /** Name of a training set, or a file or folder for the command line. */
  data: string;
  /** Flip and shift training images. */
  augment: boolean;
  /** Options by stage, for the stages that run. */
  stages: Readonly<Partial<Record<TrainStage, TrainOptions>>>;
  /** How baseline and results are measured; its one codec is the rounding without training. */
  measure: Plan;
}

/** In the order they run. */
export const TRAIN_STAGES: readonly TrainStage[] = ['fresh', 'qat', 'control'];
