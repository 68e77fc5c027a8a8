import type { EncodeWork } from '../../../../contract/codec';
import { addWork } from '../../../../contract/work';
import { kmeansWork } from '../../../../kit/kMeans/work';
import { POWER_ROUNDS } from '../../../../kit/tenpak/lowRank/settings';
import { CLUSTERS } from '../../../../kit/tenpak/residual/vectors';
import type { XLayout } from './layout';

/** Operations per weight: of a round of power iteration, of deflating by a pair of vectors, and of what is done once. */
const ROUND = 8;
const DEFLATE = 16;
const ONCE = 120;

/** Estimates the work of deflated power iteration (two products a round), k-means of the rest, and 4-bit groups. */
export function xWork({ elements, rank, dimension, rounds, faithful, seed }: XLayout): EncodeWork {
  const power = POWER_ROUNDS[faithful ? 'faithful' : 'corrected'];
  const lowRank = {
    gpu: elements * (rank * (ROUND * power + DEFLATE) + ONCE),
    dispatches: rank * (3 * power + 6) + 8,
    waits: 5,
  };
  const start = faithful ? new Uint32Array() : { seed };
  return addWork(lowRank, kmeansWork(elements, { dimension, clusters: CLUSTERS, rounds, start }));
}
