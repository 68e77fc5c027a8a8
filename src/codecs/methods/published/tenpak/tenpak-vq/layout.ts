import type { MatrixShape } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { part, type PartsOf } from '../../../../contract/parts';
import type { ClusterSettings } from '../../../../kit/kMeans/kmeansReference';
import { evenPicks } from '../../../../kit/kMeans/picks';
import type { HeaderField } from '../../../../kit/tenpak/header';
import { CLUSTERS } from '../../../../kit/tenpak/residual/vectors';
import { residualParts, type ResidualSettings } from '../../../../kit/tenpak/residual/residual';
import type meta from './meta';

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

/** Derives the layout. W is flattened row by row: vectors and groups run on across rows. */
export function pocketLayout(
  [rows, columns]: MatrixShape,
  { version, mode, seed }: OptionsOf<typeof meta>,
): PocketLayout {
  const { dimension, rounds, group, refinements } = VERSIONS[version];
  const faithful = mode === 'faithful';
  const elements = rows * columns;
  const vectors = Math.ceil(elements / dimension);
  const start = faithful ? evenPicks(vectors, CLUSTERS) : { seed };
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
 * Lists the parts in the order of the published payload: `header` U8 [10] (dimension u8, K u16, n u32, residual flag u8, residual
 * group u16), `indices` U8 [⌈n/dimension⌉], `codebook` F16 [256, dimension], then codes, scales and offsets of the residual.
 */
export function pocketParts({ elements, vectors, clustering, residual }: PocketLayout) {
  return {
    header: part('tables', 'U8', [10], { unpadded: true }),
    indices: part('codes', 'U8', [vectors], { unpadded: true }),
    codebook: part('codebooks', 'F16', [CLUSTERS, clustering.dimension]),
    ...residualParts(elements, residual),
  };
}

export type PocketParts = PartsOf<typeof pocketParts>;
