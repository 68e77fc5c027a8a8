/** The unit of a rate. */
export type BenchUnit = 'GFLOP/s' | 'GB/s' | 'tokens/s' | 'images/s';

export interface Verdict {
  ok: boolean;
  /** The largest error in the measure that `note` names. */
  maxError: number;
  /** Description of the check, such as "4,096 entries against float64, relative to Σ|x·w|". */
  note: string;
}

export type TimerKind = 'timestamp' | 'wall-clock';

/** An implementation of a case, ours or the peer's. It owns GPU memory until it is disposed of. */
export interface Candidate {
  name: string;
  timer: TimerKind;
  /** Number of times that one repeat performs the operation; a peer's graph may hold several copies. */
  operationsPerRepeat: number;
  /** Compares the result with an independent reference, before any timing. */
  verify(signal?: AbortSignal): Promise<Verdict>;
  /**
   * Seconds on the clock of `timer` for `repeats` repeats with inputs and outputs on the GPU; with zero repeats those of
   * synchronisation alone. A result for positive repeats that is not above zero is an invalid sample.
   */
  elapsed(repeats: number, signal?: AbortSignal): Promise<number>;
  dispose(): Promise<void> | void;
}

export interface BenchCase {
  name: string;
  /** The sizes, such as `512×512×512` for M×K×N. */
  shape: string;
  unit: BenchUnit;
  /** FLOPs, bytes, tokens or images of one operation. */
  work: number;
  ours(signal?: AbortSignal): Promise<Candidate>;
  /** The same operation in the peer; absent if the peer does not have it. */
  peer?: (signal?: AbortSignal) => Promise<Candidate>;
}

/** A measured rate in the unit of the case. */
export interface Measurement {
  median: number;
  ci95: [number, number];
  samples: number[];
  timer: TimerKind;
  /** Number of repeats per sample. */
  repeats: number;
}

/** A reason why a result is less reliable. */
export type BenchFlag =
  'timer-coarse' | 'software-adapter' | 'few-samples' | 'wide-interval' | 'samples-dropped';

export interface SideResult {
  name: string;
  verdict: Verdict;
  /** null if it did not verify, since a wrong kernel is not timed. */
  measurement: Measurement | null;
}

export interface BenchResult {
  name: string;
  shape: string;
  unit: BenchUnit;
  ours: SideResult;
  /** null if no peer was requested or it has no such operation; `peerNote` says why. */
  peer: SideResult | null;
  peerNote: string;
  /** Our rate ÷ the peer's, from alternating samples; above 1 ours is faster. */
  ratio: { median: number; ci95: [number, number] } | null;
  flags: BenchFlag[];
}

export interface RunnerOptions {
  /** Maximum time for the samples of a case, both sides together, in seconds. */
  secondsPerCase: number;
  /** Half-width of the intervals, relative to their medians, at which sampling ends early: 0.03 for ± 3 %. */
  targetHalfWidth: number;
  /** Target duration of a sample in seconds. */
  sampleSeconds: number;
  /** Minimum number of samples before an early end; a 95 % interval needs six. */
  minSamples: number;
  softwareAdapter: boolean;
  /** A monotonic clock in milliseconds; tests pass their own. */
  now: () => number;
}
