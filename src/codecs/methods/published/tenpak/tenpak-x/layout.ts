import type { MatrixShape } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { part, type PartsOf } from '../../../../contract/parts';
import { vectorWeight, type ClusterSettings } from '../../../../kit/kMeans/kmeansReference';
import { weightedPicks } from '../../../../kit/kMeans/picks';
import type { HeaderField } from '../../../../kit/tenpak/header';
import { lowRankSettings } from '../../../../kit/tenpak/lowRank/settings';
import type { LowRankSettings } from '../../../../kit/tenpak/lowRank/reference';
import { CLUSTERS } from '../../../../kit/tenpak/residual/vectors';
import {
  residualParts,
  type ResidualParts,
  type ResidualSettings,
} from '../../../../kit/tenpak/residual/residual';
import type meta from './meta';

const VERSIONS = {
  v1: { maxRank: 32, dimension: 4, rounds: 15, group: 32 },
  v2: { maxRank: 64, dimension: 2, rounds: 30, group: 0 },
};

/** Everything that follows from shape and options of one matrix. */
export interface XLayout {
  shape: MatrixShape;
  elements: number;
  vectors: number;
  /** 0 without a low-rank part. */
  rank: number;
  dimension: number;
  rounds: number;
  /** Absent in v2. */
  residual?: ResidualSettings;
  header: readonly HeaderField[];
  faithful: boolean;
  seed: number;
}

/** Derives the layout. W is flattened row by row: vectors and groups run on across rows. Up to 4 rows or columns have no L·R. */
export function xLayout(shape: MatrixShape, { version, mode, seed }: OptionsOf<typeof meta>): XLayout {
  const { dimension, rounds, group, maxRank } = VERSIONS[version];
  const [rows, columns] = shape;
  const faithful = mode === 'faithful';
  const small = rows <= 4 || columns <= 4;
  const rank = small ? 0 : Math.min(maxRank, Math.floor(rows / 2), Math.floor(columns / 2));
  return {
    ...{ shape, rank, dimension, rounds, faithful, seed },
    elements: rows * columns,
    vectors: Math.ceil((rows * columns) / dimension),
    ...(group > 0 && { residual: { bits: 4, group, rounds: 0, faithful } as const }),
    header: [
      [2, rank],
      [4, rows],
      [4, columns],
      [1, dimension],
      [2, CLUSTERS],
      [2, group],
    ],
  };
}

/**
 * Lists the parts in the order of the published payload: `header` U8 [15] (rank u16, rows u32, columns u32, dimension u8, K u16,
 * residual group u16), `left` F16 [rows, rank], `right` F16 [rank, columns], `codebook` F16 [256, dimension], `indices` U8, then codes,
 * scales and offsets of the residual (v1).
 */
export function xParts({ shape: [rows, columns], elements, vectors, rank, dimension, residual }: XLayout) {
  const rest = residual && residualParts(elements, residual);
  return {
    header: part('tables', 'U8', [15], { unpadded: true }),
    left: rank > 0 ? part('float', 'F16', [rows, rank]) : undefined,
    right: rank > 0 ? part('float', 'F16', [rank, columns]) : undefined,
    codebook: part('codebooks', 'F16', [CLUSTERS, dimension]),
    indices: part('codes', 'U8', [vectors], { unpadded: true }),
    codes: rest?.codes,
    scales: rest?.scales,
    offsets: rest?.offsets,
  };
}

export type XParts = PartsOf<typeof xParts>;

/** Returns the residual's parts, if the version has a residual. */
export function xResidual({ codes, scales, offsets }: XParts): ResidualParts | undefined {
  return codes && scales && offsets && { codes, scales, offsets };
}

/**
 * Computes the importance of every column: mean |w| ÷ the mean of that over all columns, within [½, 2]. It is computed on the host, in
 * float64, so that every adapter starts k-means at the same vectors.
 */
export function columnImportance(values: Float32Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  values.forEach((w, i) => (sums[i % columns] += Math.abs(w)));
  const mean = sums.reduce((sum, c) => sum + c, 0) / columns;
  return sums.map((c) => (mean === 0 ? 1 : Math.min(2, Math.max(0.5, c / mean))));
}

/** Returns the settings of power iteration over W·diag(√importance). */
export const xLowRank = (layout: XLayout): LowRankSettings => lowRankSettings(layout, 0);

/** Returns the settings of k-means over what L·R leaves, with the mean importance of its columns as the weight of a vector. */
export function xClustering(
  { vectors, dimension, rounds, faithful, seed }: XLayout,
  importance: Float64Array,
): ClusterSettings {
  const weights = { columns: Float32Array.from(importance, (c) => c / 2), per: 'vector' as const };
  const start = faithful
    ? weightedPicks(vectors, CLUSTERS, (v) => vectorWeight(weights.columns, v, dimension))
    : { seed };
  return { dimension, clusters: CLUSTERS, rounds, start, rounded: !faithful, weights };
}
