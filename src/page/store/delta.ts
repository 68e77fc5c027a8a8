import { createStore } from 'zustand/vanilla';
import type { BlobDelta } from '../../platform/browser/modelDelta';

/** A delta that was made in the page. */
export interface PageDelta extends BlobDelta {
  /** Names of the models in the page. */
  base: string;
  tuned: string;
  /** Name of the file. */
  name: string;
}

export interface DeltaState {
  /** The chosen models; null for the default. */
  base: string | null;
  tuned: string | null;
  /** Whether every bit is kept. */
  exact: boolean;
  /** The largest error as typed. */
  maxError: string;
  /** What was made last. */
  made: PageDelta | null;
}

export function createDeltaStore() {
  return createStore<DeltaState>(() => ({
    base: null,
    tuned: null,
    exact: true,
    maxError: '0.05',
    made: null,
  }));
}

export type DeltaStore = ReturnType<typeof createDeltaStore>;
