import type { Gpu } from '../gpu/gpu';
import { renewed } from '../gpu/kernelMemory';
import { KernelTuner } from '../runtime/linear/autotune';
import type { DenseChoice } from '../runtime/linear/dense/dense';
import type { PackedChoice } from '../runtime/linear/lowBitVariants';
import type { PeerRuntime } from './peer/runtime';
import type { TimerKind } from './types';

/** The context in which every case is built. */
export interface BenchContext {
  gpu: Gpu;
  /** The preferred timer. With a peer both sides use the wall clock because its passes cannot be queried. */
  timer: TimerKind;
  peer?: PeerRuntime;
  /** The reason why there is no peer although one was requested. */
  peerNote?: string;
  /** Chooses our dense kernel, tuned on this adapter as in a run; default: by simple rules. */
  choose?: DenseChoice;
  /** Chooses our kernel of packed integers likewise. */
  choosePacked?: PackedChoice;
  /** Number of tokens of a timed window, or the model's context if that is shorter. */
  tokens: number;
  /** FLOPs of a whole pass up to which the peer takes part; larger ones would take minutes on a software adapter. */
  peerForwardFlops: number;
  /** Number of images of a timed batch. */
  images: number;
}

/** Returns choices of kernels that are measured anew, and that later runs on this adapter remember. */
export function tunedChoices(
  gpu: Gpu,
  signal?: AbortSignal,
): Required<Pick<BenchContext, 'choose' | 'choosePacked'>> {
  const { choose, choosePacked } = new KernelTuner(renewed(gpu.kernelMemory), signal);
  return { choose, choosePacked };
}
