import type { MatrixShape } from '../../../../contract/codec';
import type { PartLayout } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import type { ClusterSettings } from '../../../../kit/kMeans/kmeansReference';
import { evenPicks } from '../../../../kit/kMeans/picks';
import { CLUSTERS } from '../../../../kit/tenpak/residual/centroids';
import type { HeaderField } from '../../../../kit/tenpak/residual/header';
import { residualParts, type ResidualSettings } from '../../../../kit/tenpak/residual/residual';

/** Everything the codec needs to know of one matrix. */
export interface PocketLayout {
  elements: number;
  vectors: number;
  clustering: ClusterSettings;
  residual: ResidualSettings;
  header: readonly HeaderField[];
  faithful: boolean;
}

const VERSIONS = {
  v1: { dimension: 8, rounds: 10, group: 32, refinements: 0 },
  v2: { dimension: 4, rounds: 15, group: 16, refinements: 5 },
};

/** W is flattened row by row: vectors and groups run on across rows. */
export function pocketLayout(shape: MatrixShape, options: CodecOptions): PocketLayout {
  const { dimension, rounds, group, refinements } = VERSIONS[options.version as 'v1' | 'v2'];
  const faithful = options.mode === 'faithful';
  const elements = shape[0] * shape[1];
  const vectors = Math.ceil(elements / dimension);
  const start = faithful ? evenPicks(vectors, CLUSTERS) : { seed: Number(options.seed) };
  return {
    elements,
    vectors,
    faithful,
    clustering: { dimension, clusters: CLUSTERS, rounds, start, rounded: !faithful },
    residual: { bits: 4, group, rounds: refinements, faithful },
    header: [
      [1, dimension],
      [2, CLUSTERS],
      [4, elements],
      [1, 1],
      [2, group],
    ],
  };
}

/**
 * In the order of the published payload: `header` U8 [10] (dimension u8, K u16, n u32, residual flag u8, residual group u16),
 * `indices` U8 [⌈n/dimension⌉], `codebook` F16 [256, dimension], then codes, scales and offsets of the residual.
 */
export function pocketParts({ elements, vectors, clustering, residual }: PocketLayout): PartLayout[] {
  return [
    { suffix: 'header', kind: 'tables', dtype: 'U8', shape: [10], unpadded: true },
    { suffix: 'indices', kind: 'codes', dtype: 'U8', shape: [vectors], unpadded: true },
    { suffix: 'codebook', kind: 'codebooks', dtype: 'F16', shape: [CLUSTERS, clustering.dimension] },
    ...residualParts(elements, residual),
  ];
}
