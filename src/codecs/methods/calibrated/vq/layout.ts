import type { MatrixShape } from '../../../contract/codec';
import { groupColumns } from '../../../contract/options';
import { part, type PartsOf } from '../../../contract/parts';
import { bitstreamBytes } from '../../../kit/bits';
import type { ClusterSettings } from '../../../kit/kMeans/kmeansReference';

interface VectorOptions {
  dimension: number;
  bits: number;
  /** Columns that share a scale, `row` or `none`. */
  scale: string;
  weighting: 'none' | 'input';
  rounds: number;
  seed: number;
}

/** Groups along a row that share a float16 scale. */
export interface ScaleGroups {
  columns: number;
  group: number;
  groupsPerRow: number;
}

/** The sizes and options of one matrix. */
export interface VectorLayout {
  rows: number;
  columns: number;
  vectors: number;
  bits: number;
  /** Whether errors are weighted by the inputs of their columns if calibration has them. */
  weighted: boolean;
  scales?: ScaleGroups;
  clustering: ClusterSettings;
}

/** Lays out W flattened row by row: vectors may span two rows, and scale groups end with their row. */
export function vectorLayout(
  [rows, columns]: MatrixShape,
  { dimension, bits, scale, weighting, rounds, seed }: VectorOptions,
): VectorLayout {
  const group = groupColumns(scale, columns);
  return {
    rows,
    columns,
    vectors: Math.ceil((rows * columns) / dimension),
    bits,
    weighted: weighting === 'input',
    ...(scale !== 'none' && {
      scales: { columns, group, groupsPerRow: Math.ceil(columns / group) },
    }),
    clustering: { dimension, clusters: 2 ** bits, rounds, start: { seed }, rounded: true },
  };
}

/**
 * Defines the parts. `indices` U8: one little-endian stream of ⌈n/dimension⌉ indices of `bits` each, padded to 4 bytes.
 * `codebook` F16 [2^bits, dimension]. `scales` F16 [out, groups per row], unless scale=none.
 */
export function vectorParts({ rows, vectors, bits, scales, clustering }: VectorLayout) {
  const symbols = { rows: 1, perRow: vectors, bits };
  return {
    indices: part('codes', 'U8', [bitstreamBytes(vectors, bits)], { symbols }),
    codebook: part('codebooks', 'F16', [clustering.clusters, clustering.dimension]),
    scales: scales ? part('scales', 'F16', [rows, scales.groupsPerRow]) : undefined,
  };
}

export type VectorParts = PartsOf<typeof vectorParts>;

/** The minimum weight of a column as a share of the largest, so that inputs that are zero in calibration still count. */
const MIN_WEIGHT = 1e-6;

/** Computes weights in (0, 1] from the diagonal of the Gram matrix, the mean square of each input. */
export function inputWeights(diagonal: ArrayLike<number>): Float32Array {
  const largest = Array.from(diagonal).reduce((max, h) => Math.max(max, h), 0);
  return Float32Array.from(diagonal, (h) => (largest > 0 ? Math.max(h / largest, MIN_WEIGHT) : 1));
}
