import { quantileSorted } from 'simple-statistics';
import { KeyedRandom } from '../../base/random';
import type { Interval } from './proportions';
import type { Cluster } from './summary';

/** Stream of the keyed generator that resamples clusters. */
const STREAM = 0xb0075;
const RESAMPLES = 1000;

/** Sums values of clusters, one for each, over the clusters of a sample. */
export type ClusterSum = (values: ArrayLike<number>) => number;

/** A statistic of all clusters with its 95 % interval. */
export interface BootstrapEstimate {
  value: number;
  ci95: Interval;
}

/**
 * Resamples independent clusters, such as windows of a text, with replacement (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
 * chapter 13). All statistics see the same samples, and both sides of a difference the same clusters, so that intervals are paired.
 */
export class Bootstrap {
  private readonly clusters: number;
  /** How often each cluster occurs in each sample. */
  private readonly samples: readonly Uint16Array[];

  /** @param clusters number of clusters, at least 2 */
  constructor(clusters: number, seed: number, resamples = RESAMPLES) {
    this.clusters = clusters;
    const random = new KeyedRandom(seed, STREAM);
    this.samples = Array.from({ length: resamples }, () => {
      const counts = new Uint16Array(clusters);
      for (let i = 0; i < clusters; i++) counts[Math.floor(random.nextUniform() * clusters)]++;
      return counts;
    });
  }

  /** Computes a statistic of sums over clusters with its 95 % percentile interval. */
  estimate(statistic: (sum: ClusterSum) => number): BootstrapEstimate {
    const { value, samples } = this.resample((counts) => statistic((values) => weightedSum(values, counts)));
    const sorted = samples.sort((a, b) => a - b);
    return { value, ci95: [quantileSorted(sorted, 0.025), quantileSorted(sorted, 0.975)] };
  }

  /** Computes a statistic of how often each cluster occurs: of all clusters once, and of every sample, which are those of each call. */
  resample(statistic: (counts: Uint16Array) => number): { value: number; samples: number[] } {
    const value = statistic(new Uint16Array(this.clusters).fill(1));
    return { value, samples: this.samples.map(statistic) };
  }
}

function weightedSum(values: ArrayLike<number>, counts: Uint16Array): number {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i] * values[i];
  return total;
}

/** The seed of the samples for tasks, so that equal data has equal intervals. */
const SEED = 0x626f6f74;

/**
 * 95 % percentile interval of a mean of paired differences in [−1, 1], Σ total ÷ Σ weight, from resampled clusters. One example that gained
 * everything and one that lost everything join the clusters, as Agresti and Min (Statistics in Medicine 24, 2005) add to paired
 * proportions, so that data without any difference has no interval of width zero.
 * @param clusters differences of independent clusters, each summed, and their numbers of examples
 */
export function bootstrapDifference(clusters: readonly Cluster[]): Interval {
  const urn = [...clusters, { total: 1, weight: 1 }, { total: -1, weight: 1 }];
  const totals = urn.map(({ total }) => total);
  const weights = urn.map(({ weight }) => weight);
  return new Bootstrap(urn.length, SEED).estimate((sum) => sum(totals) / sum(weights)).ci95;
}
