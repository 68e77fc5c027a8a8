import type { EncodeWork, MatrixShape } from '../../../../contract/codec';
import type { CodecOptions } from '../../../../contract/meta';
import { CLUSTERS } from '../../../../kit/tenpak/residual/centroids';
import { kmeansWork } from '../../../../kit/kMeans/work';
import { addWork } from '../../../../contract/work';
import { POWER_ROUNDS, xLayout } from './layout';

/** Operations per weight: of a round of power iteration; of taking a pair of factors off; of what is done once. */
const ROUND = 8;
const DEFLATE = 16;
const ONCE = 120;

/** Deflated power iteration (a product and its transpose a round), k-means of the rest, and 4-bit groups. */
export function xWork(shape: MatrixShape, options: CodecOptions): EncodeWork {
  const { rank, dimension, rounds, faithful, seed } = xLayout(shape, options);
  const power = POWER_ROUNDS[faithful ? 'faithful' : 'corrected'];
  const elements = shape[0] * shape[1];
  const lowRank = {
    gpu: elements * (rank * (ROUND * power + DEFLATE) + ONCE),
    dispatches: rank * (3 * power + 6) + 8,
    waits: 5,
  };
  const start = faithful ? new Uint32Array() : { seed };
  return addWork(lowRank, kmeansWork(elements, { dimension, clusters: CLUSTERS, rounds, start }));
}
