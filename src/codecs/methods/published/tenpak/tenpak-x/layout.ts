import type { MatrixShape } from '../../../../contract/codec';
import type { PartLayout } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import type { HeaderField } from '../../../../kit/tenpak/residual/header';
import { CLUSTERS } from '../../../../kit/tenpak/residual/centroids';
import { residualParts, type ResidualSettings } from '../../../../kit/tenpak/residual/residual';
import type { ClusterSettings } from '../../../../kit/kMeans/kmeansReference';
import { vectorWeight } from '../../../../kit/kMeans/kmeansReference';
import { weightedPicks } from '../../../../kit/kMeans/picks';
import type { LowRankSettings } from '../../../../kit/tenpak/lowRank/lowRankReference';
import { patternStarts, randomStarts } from '../../../../kit/tenpak/lowRank/starts';

const VERSIONS = {
  v1: { rank: 32, dimension: 4, rounds: 15, group: 32 },
  v2: { rank: 64, dimension: 2, rounds: 30, group: 0 },
};

/** Rounds of power iteration: Tenpak's, and enough for all but flat spectra. */
export const POWER_ROUNDS = { faithful: 10, corrected: 20 };

/** Everything but the weights' own statistics. */
export interface XLayout {
  shape: MatrixShape;
  elements: number;
  vectors: number;
  rank: number;
  dimension: number;
  rounds: number;
  /** Absent in v2. */
  residual?: ResidualSettings;
  header: readonly HeaderField[];
  faithful: boolean;
  seed: number;
}

/** W is flattened row by row: vectors and groups run on across rows. No low-rank part up to 4 rows or columns. */
export function xLayout(shape: MatrixShape, options: CodecOptions): XLayout {
  const { dimension, rounds, group, rank: most } = VERSIONS[options.version as 'v1' | 'v2'];
  const [rows, columns] = shape;
  const faithful = options.mode === 'faithful';
  const small = rows <= 4 || columns <= 4;
  const rank = small ? 0 : Math.min(most, Math.floor(rows / 2), Math.floor(columns / 2));
  return {
    shape,
    elements: rows * columns,
    vectors: Math.ceil((rows * columns) / dimension),
    rank,
    dimension,
    rounds,
    ...(group > 0 && { residual: { bits: 4, group, rounds: 0, faithful } as const }),
    header: [
      [2, rank],
      [4, rows],
      [4, columns],
      [1, dimension],
      [2, CLUSTERS],
      [2, group],
    ],
    faithful,
    seed: Number(options.seed),
  };
}

/**
 * In the order of the published payload: `header` U8 [15] (rank u16, rows u32, columns u32, dimension u8, K u16, residual group
 * u16), `left` F16 [rows, rank], `right` F16 [rank, columns], `codebook` F16 [256, dimension], `indices` U8, then codes, scales
 * and offsets of the residual (v1).
 */
export function xParts({ shape, elements, vectors, rank, dimension, residual }: XLayout): PartLayout[] {
  const factors: PartLayout[] = [
    { suffix: 'left', kind: 'float', dtype: 'F16', shape: [shape[0], rank] },
    { suffix: 'right', kind: 'float', dtype: 'F16', shape: [rank, shape[1]] },
  ];
  return [
    { suffix: 'header', kind: 'tables', dtype: 'U8', shape: [15], unpadded: true },
    ...(rank > 0 ? factors : []),
    { suffix: 'codebook', kind: 'codebooks', dtype: 'F16', shape: [CLUSTERS, dimension] },
    { suffix: 'indices', kind: 'codes', dtype: 'U8', shape: [vectors], unpadded: true },
    ...(residual ? residualParts(elements, residual) : []),
  ];
}

/**
 * Importance of every column: mean |w| ÷ the mean of that over all columns, within [½, 2]. One number per column, so it is found
 * on the host, in float64: every adapter then starts k-means at the same vectors.
 */
export function columnImportance(values: Float32Array, columns: number): Float64Array {
  const sums = new Float64Array(columns);
  values.forEach((w, i) => (sums[i % columns] += Math.abs(w)));
  const mean = sums.reduce((sum, c) => sum + c, 0) / columns;
  return sums.map((c) => (mean === 0 ? 1 : Math.min(2, Math.max(0.5, c / mean))));
}

/** Power iteration over W·diag(√importance). */
export function xLowRank({ rank, shape, faithful, seed }: XLayout): LowRankSettings {
  const starts = faithful ? patternStarts(rank, shape[1], 0) : randomStarts(rank, shape[1], seed);
  return { rank, rounds: POWER_ROUNDS[faithful ? 'faithful' : 'corrected'], starts };
}

/** k-means over what L·R leaves, vectors weighing as much as their columns. */
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
