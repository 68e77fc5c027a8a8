/** What a measurement counts; rates are these per second. */
export type BenchUnit = 'GFLOP/s' | 'GB/s' | 'tokens/s' | 'images/s';

export interface Verdict {
  ok: boolean;
  /** Largest error in the measure `note` names. */
  maxError: number;
  /** How it was checked, e.g. "4,096 entries against float64, relative to Σ|x·w|". */
  note: string;
}

export type TimerKind = 'timestamp' | 'wall-clock';

/** One implementation of a case: ours or the peer's. It owns GPU memory until disposed. */
export interface Candidate {
  name: string;
  timer: TimerKind;
  /** How often one repeat performs the operation (a peer's graph may hold several). */
  operationsPerRepeat: number;
  /** Compares with a reference that is not ours. Runs before any timing. */
  verify(signal?: AbortSignal): Promise<Verdict>;
  /**
   * Seconds on the clock of `timer` for `repeats` repeats, inputs and outputs staying on the GPU. Zero repeats take what
   * synchronisation alone costs. Anything not above zero for positive repeats is an invalid sample.
   */
  elapsed(repeats: number, signal?: AbortSignal): Promise<number>;
  dispose(): Promise<void> | void;
}

export interface BenchCase {
  name: string;
  /** e.g. `512×512×512`, `M×K×N` */
  shape: string;
  unit: BenchUnit;
  /** FLOPs, bytes, tokens or images of one operation. */
  work: number;
  ours(signal?: AbortSignal): Promise<Candidate>;
  /** The same operation in the peer; absent where the peer has none. */
  peer?: (signal?: AbortSignal) => Promise<Candidate>;
}

/** Rates in the case's unit. */
export interface Measurement {
  median: number;
  ci95: [number, number];
  samples: number[];
  timer: TimerKind;
  /** Repeats inside one sample. */
  repeats: number;
}

/** Why a figure must be read with care. */
export type BenchFlag =
  'timer-coarse' | 'software-adapter' | 'few-samples' | 'wide-interval' | 'samples-dropped';

export interface SideResult {
  name: string;
  verdict: Verdict;
  /** null when it did not verify: a wrong kernel has no speed. */
  measurement: Measurement | null;
}

export interface BenchResult {
  name: string;
  shape: string;
  unit: BenchUnit;
  ours: SideResult;
  /** null: no peer asked for or none for this case; `peerNote` says why. */
  peer: SideResult | null;
  peerNote: string;
  /** Ours ÷ peer, from samples taken in turns; over 1 ours is faster. */
  ratio: { median: number; ci95: [number, number] } | null;
  flags: BenchFlag[];
}

export interface RunnerOptions {
  /** Longest time for the samples of one case, both sides together, in seconds. */
  secondsPerCase: number;
  /** Stop early once both intervals are within this share of their medians, e.g. 0.03 for ± 3 %. */
  targetHalfWidth: number;
  /** Wanted length of one sample in seconds. */
  sampleSeconds: number;
  /** Fewest samples before an early stop; six give the first true 95 % interval. */
  minSamples: number;
  softwareAdapter: boolean;
  /** Monotonic milliseconds; the tests pass their own. */
  now: () => number;
}
