import { summarize } from '../evaluate/statistics/summary';
import type { BenchFlag, Candidate, Measurement, RunnerOptions } from './types';

const MAX_REPEATS = 4096;
/** Number of clock ticks below which a sample is flagged as coarse. */
const TICKS_PER_SAMPLE = 50;
/** Resolution of timestamps: Chrome rounds them to 100 µs unless unsafe WebGPU is enabled. */
const COARSE_TIMESTAMP_SECONDS = 1e-4;

/** Takes samples of a candidate in seconds per operation, with the synchronisation cost subtracted. */
export class Sampler {
  readonly seconds: number[] = [];
  readonly candidate: Candidate;
  repeats = 1;
  dropped = 0;
  private coarse = false;
  private readonly options: RunnerOptions;

  constructor(candidate: Candidate, options: RunnerOptions) {
    this.candidate = candidate;
    this.options = options;
  }

  /**
   * Runs before the samples, which compiles kernels and raises clocks, and determines the number of repeats per sample.
   */
  async warmUp(signal?: AbortSignal): Promise<void> {
    await this.candidate.elapsed(1, signal);
    const { sampleSeconds } = this.options;
    for (;;) {
      const took = (await this.candidate.elapsed(this.repeats, signal)) - (await this.idleCost(signal));
      if (took >= sampleSeconds / 2 || this.repeats >= MAX_REPEATS) break;
      const growth = took > 0 ? Math.min(16, Math.ceil(sampleSeconds / took)) : 16;
      this.repeats = Math.min(MAX_REPEATS, this.repeats * Math.max(2, growth));
    }
  }

  /** Takes a sample. An invalid one, with a timestamp that ran backwards, is counted and dropped. */
  async sample(signal?: AbortSignal): Promise<void> {
    const idle = await this.idleCost(signal);
    const took = await this.candidate.elapsed(this.repeats, signal);
    if (!(took - idle > 0)) {
      this.dropped++;
      this.seconds.push(Number.NaN);
      return;
    }
    this.coarse ||= took < TICKS_PER_SAMPLE * this.resolution();
    this.seconds.push((took - idle) / (this.repeats * this.candidate.operationsPerRepeat));
  }

  get valid(): number[] {
    return this.seconds.filter((s) => s > 0);
  }

  /** Returns the rate for `work` per operation, in units of `scale`; null without valid samples. */
  measurement(work: number, scale: number): Measurement | null {
    if (this.valid.length === 0) return null;
    const { median, ci95, samples } = summarize(this.valid.map((s) => work / s / scale));
    return { median, ci95: [ci95[0], ci95[1]], samples, timer: this.candidate.timer, repeats: this.repeats };
  }

  /** Returns half the width of the 95 % interval ÷ the median. */
  halfWidth(): number {
    if (this.valid.length < this.options.minSamples) return Infinity;
    const { median, ci95 } = summarize(this.valid);
    return (ci95[1] - ci95[0]) / 2 / median;
  }

  flags(): BenchFlag[] {
    const flags: BenchFlag[] = [];
    if (this.coarse) flags.push('timer-coarse');
    if (this.dropped > 0) flags.push('samples-dropped');
    if (this.valid.length < this.options.minSamples) flags.push('few-samples');
    else if (this.halfWidth() > this.options.targetHalfWidth) flags.push('wide-interval');
    return flags;
  }

  /**
   * Returns the seconds of synchronisation. Timestamps enclose only the work; a wall clock includes submission and waiting.
   */
  private async idleCost(signal?: AbortSignal): Promise<number> {
    return this.candidate.timer === 'timestamp' ? 0 : this.candidate.elapsed(0, signal);
  }

  private resolution(): number {
    return this.candidate.timer === 'timestamp'
      ? COARSE_TIMESTAMP_SECONDS
      : clockTick(this.options.now) / 1000;
  }
}

const ticks = new WeakMap<() => number, number>();

/** Returns the smallest step of a clock in milliseconds, measured once. Browsers round to as much as 1 ms. */
export function clockTick(now: () => number): number {
  const known = ticks.get(now);
  if (known !== undefined) return known;
  let smallest = Infinity;
  for (let i = 0; i < 5; i++) {
    const start = now();
    let next = now();
    for (let spin = 0; next === start && spin < 1e6; spin++) next = now();
    if (next > start) smallest = Math.min(smallest, next - start);
  }
  ticks.set(now, smallest);
  return smallest;
}
