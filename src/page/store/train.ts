import { createStore } from 'zustand/vanilla';
import type { PausedRun, TrainStep } from '../../platform/browser/pausedTraining';
import type { TrainResultKind, TrainResult } from '../../lab/train/events';
import type { TrainPlan } from '../../lab/train/plan';

/** A training run as the page shows it. */
export interface TrainView {
  plan: TrainPlan;
  steps: readonly TrainStep[];
  /** What is done between training steps, such as measuring; null during steps. */
  doing: string | null;
  /** The results by measurement; only that of quantisation-aware training includes an artefact. */
  results: ReadonlyMap<TrainResultKind, TrainResult>;
  status: 'running' | 'complete' | 'stopped' | 'failed';
}

export interface TrainState {
  /** The model to train if it can only be trained; null for the plan's model. */
  model: string | null;
  /** Settings as typed, by parameter; a missing one has its default value. */
  fields: Readonly<Record<string, string>>;
  /** The present run, or the last one in this visit. */
  run: TrainView | null;
  /** Runs that can be resumed, newest first. */
  paused: readonly PausedRun[];
}

export function createTrainStore() {
  return createStore<TrainState>(() => ({
    model: null,
    fields: {},
    run: null,
    paused: [],
  }));
}

export type TrainStore = ReturnType<typeof createTrainStore>;
