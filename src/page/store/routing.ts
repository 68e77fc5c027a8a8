import { createStore } from 'zustand/vanilla';
import type { RoutingUnit, Signal } from '../../lab/routing/cascade';
import type { MeasuredCascade } from '../../lab/routing/measure';

export interface RoutingState {
  /** Spellings of the two codecs; null for the default. */
  small: string | null;
  large: string | null;
  /** Per cent as typed. */
  maxIncrease: string;
  by: RoutingUnit;
  signal: Signal;
  /** What was measured last. */
  cascade: MeasuredCascade | null;
}

export function createRoutingStore() {
  return createStore<RoutingState>(() => ({
    small: null,
    large: null,
    maxIncrease: '1',
    by: 'token',
    signal: 'entropy',
    cascade: null,
  }));
}

export type RoutingStore = ReturnType<typeof createRoutingStore>;
