import { bitstreamBytes } from '../../../kit/bits';
import type { MatrixShape } from '../../../contract/codec';
import type { PartLayout } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import type { ClusterSettings } from '../../../kit/kMeans/kmeansReference';

/** Groups along a row that share a float16 scale. */
export interface ScaleGroups {
  columns: number;
  group: number;
  groupsPerRow: number;
}

/** Everything the codec needs to know of one matrix. */
export interface VectorLayout {
  rows: number;
  vectors: number;
  bits: number;
  scales?: ScaleGroups;
  clustering: ClusterSettings;
}

/** W is flattened row by row: vectors run on across rows, scale groups end with theirs. */
export function vectorLayout([rows, columns]: MatrixShape, options: CodecOptions): VectorLayout {
  const dimension = Number(options.dimension);
  const bits = Number(options.bits);
  const group = options.scale === 'row' ? columns : Math.min(Number(options.scale), columns);
  return {
    rows,
    vectors: Math.ceil((rows * columns) / dimension),
    bits,
    ...(options.scale !== 'none' && {
      scales: { columns, group, groupsPerRow: Math.ceil(columns / group) },
    }),
    clustering: {
      dimension,
      clusters: 2 ** bits,
      rounds: Number(options.rounds),
      start: { seed: Number(options.seed) },
      rounded: true,
    },
  };
}

/**
 * `indices` U8: one little-endian stream of ⌈n/dimension⌉ indices of `bits` each, padded to 4 bytes. `codebook` F16
 * [2^bits, dimension]. `scales` F16 [out, groups per row], unless scale=none.
 */
export function vectorParts({ rows, vectors, bits, scales, clustering }: VectorLayout): PartLayout[] {
  const parts: PartLayout[] = [
    {
      suffix: 'indices',
      kind: 'codes',
      dtype: 'U8',
      shape: [bitstreamBytes(vectors, bits)],
      symbols: { rows: 1, perRow: vectors, bits },
    },
    {
      suffix: 'codebook',
      kind: 'codebooks',
      dtype: 'F16',
      shape: [clustering.clusters, clustering.dimension],
    },
  ];
  if (scales)
    parts.push({ suffix: 'scales', kind: 'scales', dtype: 'F16', shape: [rows, scales.groupsPerRow] });
  return parts;
}

/** Least weight of a column, as a share of the largest: inputs that calibration never saw still count a little. */
const LEAST_WEIGHT = 1e-6;

/** Weights in (0, 1] from the diagonal of the Gram matrix: the mean square of each input. */
export function inputWeights(diagonal: ArrayLike<number>): Float32Array {
  const largest = Array.from(diagonal).reduce((most, h) => Math.max(most, h), 0);
  return Float32Array.from(diagonal, (h) => (largest > 0 ? Math.max(h / largest, LEAST_WEIGHT) : 1));
}
