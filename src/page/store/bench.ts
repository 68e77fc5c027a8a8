import { createStore } from 'zustand/vanilla';
import type { LabCalls } from '../../../workers/labCalls';

export type BenchmarkRow = LabCalls['benchmark']['result'][number];

export interface BenchState {
  /** The results of the last benchmark. */
  rows: readonly BenchmarkRow[];
}

export function createBenchStore() {
  return createStore<BenchState>(() => ({ rows: [] }));
}

export type BenchStore = ReturnType<typeof createBenchStore>;
