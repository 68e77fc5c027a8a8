import type { Gpu } from '../gpu/gpu';
import type { PeerRuntime } from './peer/runtime';
import type { TimerKind } from './types';

/** What every case is built from. */
export interface BenchContext {
  gpu: Gpu;
  /** With a peer both sides are timed by the wall clock: its passes cannot be queried. */
  timer: TimerKind;
  peer?: PeerRuntime;
}
