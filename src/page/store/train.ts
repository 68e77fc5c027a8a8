import { createStore } from 'zustand/vanilla';
import type { PausedRun, TrainStep } from '../../platform/browser/pausedTraining';
import type { TrainResultKind, TrainResult } from '../../lab/train/events';
import type { TrainPlan } from '../../lab/train/plan';

/** A training run as the page shows it. */
export interface TrainView {
  plan: TrainPlan;
  steps: readonly TrainStep[];
  /** What goes on outside of the steps; null while steps are taken. */
  doing: string | null;
  /** What was measured; only what was trained with rounded weights has its file, for download. */
  results: ReadonlyMap<TrainResultKind, TrainResult>;
  status: 'running' | 'complete' | 'stopped' | 'failed';
}

export interface TrainState {
  /** A model that ships to be trained; null = the one chosen above. */
  model: string | null;
  /** Settings as typed, by parameter; what is missing has its default. */
  fields: Readonly<Record<string, string>>;
  /** The present run, or the last one of this visit. */
  run: TrainView | null;
  /** Runs that can go on, newest first. */
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
