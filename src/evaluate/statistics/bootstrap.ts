import { quantileSorted } from 'simple-statistics';
import { KeyedRandom } from '../../base/random';
import type { Interval } from './proportions';
import type { Cluster } from './summary';

const RESAMPLES = 2000;
/** The seed of the resamples, so that equal data has equal intervals. */
const SEED = 0x626f6f74;

/**
 * 95 % percentile interval of a mean of paired differences in [−1, 1], Σ total ÷ Σ weight, from resampled clusters (Efron and Tibshirani
 * 1993, chapter 13). One example that gained everything and one that lost everything join the clusters, as Agresti and Min (Statistics in
 * Medicine 24, 2005) add to paired proportions, so that data without any difference has no interval of width zero.
 * @param clusters differences of independent clusters, each summed, and their numbers of examples
 */
export function bootstrapDifference(clusters: readonly Cluster[]): Interval {
  const urn = [...clusters, { total: 1, weight: 1 }, { total: -1, weight: 1 }];
  const random = new KeyedRandom(SEED);
  const means = Array.from({ length: RESAMPLES }, () => {
    let [total, weight] = [0, 0];
    for (let i = 0; i < urn.length; i++) {
      const drawn = urn[Math.floor(random.nextUniform() * urn.length)];
      total += drawn.total;
      weight += drawn.weight;
    }
    return total / weight;
  }).sort((a, b) => a - b);
  return [quantileSorted(means, 0.025), quantileSorted(means, 0.975)];
}
