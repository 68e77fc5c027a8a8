import type { Checkpoint } from '../../train/checkpoint';
import type { StepReport } from '../../train/trainer';
import type { LabRecord } from '../results/record';
import type { TrainStage, TrainPlan } from './plan';

/** What a record of a training run measured. */
export type TrainResultKind = 'baseline' | 'ptq' | TrainStage;

/** One measurement of a training run. */
export interface TrainResult {
  kind: TrainResultKind;
  record: LabRecord;
  /** The file that was measured; of a baseline, only if this run trained it. */
  artefact?: Uint8Array;
  /** Seconds of a batch of 64 images through model and classifier. */
  latency?: number;
}

/** The events of a training run. */
export type TrainEvent =
  | { type: 'started'; plan: TrainPlan }
  /** Progress of work outside the training steps. */
  | { type: 'progress'; step: string; fraction: number }
  | { type: 'step'; stage: TrainStage; report: StepReport; steps: number }
  /** A checkpoint to resume from, at regular intervals, at the end of a stage, and when stopped. */
  | { type: 'checkpoint'; stage: TrainStage; step: number; checkpoint: Checkpoint }
  | ({ type: 'record' } & TrainResult)
  | { type: 'done'; status: 'complete' | 'stopped' };
