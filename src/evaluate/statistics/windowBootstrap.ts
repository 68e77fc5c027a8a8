import { quantileSorted } from 'simple-statistics';
import { KeyedRandom } from '../../base/random';
import type { Interval } from './proportions';

/** Stream of the keyed generator that resamples windows. */
const STREAM = 0xb0075;
const RESAMPLES = 1000;

/** Sums values of windows, one a window, over the windows of a sample. */
export type WindowSum = (values: ArrayLike<number>) => number;

/** A statistic of all windows with its 95 % interval. */
export interface BootstrapEstimate {
  value: number;
  ci95: Interval;
}

/**
 * Resamples windows with replacement (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). All statistics see the
 * same samples, and both sides of a difference the same windows, so that intervals are paired.
 */
export class WindowBootstrap {
  private readonly windows: number;
  /** How often each window occurs in each sample. */
  private readonly samples: readonly Uint16Array[];

  /** @param windows number of windows, at least 2 */
  constructor(windows: number, seed: number) {
    this.windows = windows;
    const random = new KeyedRandom(seed, STREAM);
    this.samples = Array.from({ length: RESAMPLES }, () => {
      const counts = new Uint16Array(windows);
      for (let i = 0; i < windows; i++) counts[Math.floor(random.nextUniform() * windows)]++;
      return counts;
    });
  }

  /** Computes a statistic of sums over windows with its 95 % percentile interval. */
  estimate(statistic: (sum: WindowSum) => number): BootstrapEstimate {
    const of = (counts: Uint16Array) => statistic((values) => weightedSum(values, counts));
    const sorted = this.samples.map(of).sort((a, b) => a - b);
    return {
      value: of(new Uint16Array(this.windows).fill(1)),
      ci95: [quantileSorted(sorted, 0.025), quantileSorted(sorted, 0.975)],
    };
  }
}

function weightedSum(values: ArrayLike<number>, counts: Uint16Array): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] * values[i];
  return total;
}
