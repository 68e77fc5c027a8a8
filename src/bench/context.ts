import type { Gpu } from '../gpu/gpu';
import type { DenseChoice } from '../runtime/linear/dense/dense';
import type { PeerRuntime } from './peer/runtime';
import type { TimerKind } from './types';

/** What every case is built from. */
export interface BenchContext {
  gpu: Gpu;
  /** With a peer both sides are timed by the wall clock: its passes cannot be queried. */
  timer: TimerKind;
  peer?: PeerRuntime;
  /** Why there is no peer although one was asked for. */
  peerNote?: string;
  /** Our choice of dense kernel, tuned on this adapter as a run's is; default: the safest one. */
  choose?: DenseChoice;
  /** Tokens of a timed window; a model with a shorter context takes its own. */
  tokens: number;
  /** The peer takes part in whole passes up to this size; a page on a software adapter would wait minutes. */
  peerForwardFlops: number;
  /** Images of a timed batch. */
  images: number;
}
