import { createStore } from 'zustand/vanilla';
import type { BenchmarkRow } from '../../../workers/protocol';
import type { Progress } from '../../lab/run/events';

export interface BenchState {
  running: boolean;
  progress: Progress | null;
  rows: readonly BenchmarkRow[];
}

export function createBenchStore() {
  return createStore<BenchState>(() => ({ running: false, progress: null, rows: [] }));
}

export type BenchStore = ReturnType<typeof createBenchStore>;
