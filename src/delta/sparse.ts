import { roundToHalf } from '../base/float16';

/**
 * The model deltas of Sparse as published, for comparison: its statistics, its choice of a method for each tensor, the bytes of each
 * method, and its estimators. Sizes are compared with float16, two bytes a value. Shapes that differ and tensors that are missing are
 * skipped there without a word, and a ratio below 1 of the method "sparse" is reported as 1.
 */

/** A difference below this magnitude counts as zero. */
const ZERO = 1e-6;
const FLOAT16_BYTES = 2;

/** Statistics of a tensor's difference. */
export interface SparseStatistics {
  count: number;
  /** Values of at least 1e-6 in magnitude. */
  nonZero: number;
  /** Share of the others. */
  sparsity: number;
  norm: number;
  maxAbs: number;
  mean: number;
  standardDeviation: number;
}

export type SparseMethod = 'zero' | 'sparse' | 'int8';
export type SparseLaterMethod = 'sparse' | 'int8' | 'hybrid';
export type SparseLayer = 'attention' | 'feed-forward' | 'embedding' | 'norm' | 'head' | 'other';

/** Returns the difference as Sparse computes it: both tensors are loaded as float16 and subtracted as floats. */
export function sparseDifference(base: Float32Array, tuned: Float32Array): Float32Array {
  return tuned.map((value, i) => roundToHalf(value) - roundToHalf(base[i]));
}

/** Computes the statistics of a difference. */
export function sparseStatistics(difference: Float32Array): SparseStatistics {
  const count = difference.length;
  let [sum, squares, maxAbs, nonZero] = [0, 0, 0, 0];
  for (const value of difference) {
    sum += value;
    squares += value * value;
    maxAbs = Math.max(maxAbs, Math.abs(value));
    if (Math.abs(value) >= ZERO) nonZero++;
  }
  const mean = sum / count;
  return {
    count,
    nonZero,
    sparsity: 1 - nonZero / count,
    norm: Math.sqrt(squares),
    maxAbs,
    mean,
    standardDeviation: Math.sqrt(Math.max(0, squares / count - mean * mean)),
  };
}

/** Returns the method that the first version chooses for a tensor. */
export function sparseMethod({ maxAbs, sparsity }: SparseStatistics): SparseMethod {
  if (maxAbs < 1e-8) return 'zero';
  return sparsity > 0.9 ? 'sparse' : 'int8';
}

/** Returns the method that later versions choose, by the kind of layer. */
export function sparseMethodByLayer(
  layer: SparseLayer,
  { maxAbs, sparsity }: SparseStatistics,
): SparseLaterMethod {
  switch (layer) {
    case 'attention':
      return sparsity > 0.85 ? 'sparse' : maxAbs < 0.1 ? 'int8' : 'hybrid';
    case 'feed-forward':
      return sparsity > 0.95 ? 'sparse' : 'int8';
    case 'embedding':
      return sparsity > 0.8 ? 'sparse' : 'int8';
    case 'norm':
      return 'int8';
    case 'head':
      return sparsity > 0.9 ? 'sparse' : 'int8';
    case 'other':
      return sparsity > 0.9 ? 'sparse' : maxAbs < 0.15 ? 'int8' : 'hybrid';
  }
}

/** Returns the bytes of a method: an int32 index and a float16 for each value, or a byte for each and a scale. */
export function sparseMethodBytes(method: SparseMethod, { count, nonZero }: SparseStatistics): number {
  if (method === 'zero') return 0;
  return method === 'sparse' ? 6 * nonZero : count + 4;
}

/** Returns the estimated bytes of "hybrid": entries above the threshold exactly, int8 for the rest. */
export function sparseHybridBytes(count: number, above: number): number {
  return 5 * above + (count - above) + 4;
}

/** Returns the threshold of "hybrid" in its adaptive mode: the first quartile of |Δ|, by linear interpolation as in NumPy. */
export function sparseHybridThreshold(difference: Float32Array): number {
  const magnitudes = difference.map(Math.abs).sort();
  const at = 0.25 * (magnitudes.length - 1);
  const low = Math.floor(at);
  const next = magnitudes[Math.min(low + 1, magnitudes.length - 1)];
  return magnitudes[low] + (at - low) * (next - magnitudes[low]);
}

/** Returns the bytes of float16 factors of rank 16, or undefined for tensors to which Sparse does not apply them. */
export function sparseSvdBytes(shape: readonly number[], rank = 16): number | undefined {
  const [rows, columns] = shape;
  return shape.length === 2 && rows * columns > 1000 ? 2 * rank * (rows + columns) : undefined;
}

/** Returns the ratio to float16 that a method has, and the one that Sparse reports. */
export function sparseRatios(
  method: SparseMethod,
  statistics: SparseStatistics,
): { true: number; reported: number } {
  const ratio = (FLOAT16_BYTES * statistics.count) / sparseMethodBytes(method, statistics);
  return { true: ratio, reported: method === 'sparse' ? Math.max(1, ratio) : ratio };
}

/** What Sparse would store of a tensor. */
export interface SparseTensor {
  method: SparseMethod;
  bytes: number;
  float16Bytes: number;
  /** Whether the ratio is below 1 and reported as 1. */
  isClamped: boolean;
  /** What later versions would store, by the kind of layer. */
  later: { method: SparseLaterMethod; bytes: number };
  /** Number of values that each version of the estimator counts as unchanged. */
  unchanged: Readonly<Record<SparseEstimator, number>>;
  /** The bytes that the later estimator predicts, and the ratios that it promises for its method. */
  estimate: { bytes: number; promised: readonly [number, number] };
  /** The bytes of factors of rank 16, if Sparse applies them to the tensor. */
  svdBytes?: number;
}

/** Returns what Sparse would store of a tensor; undefined if a value is NaN or infinite. */
export function sparseTensor(
  name: string,
  shape: readonly number[],
  base: Float32Array,
  tuned: Float32Array,
): SparseTensor | undefined {
  const difference = sparseDifference(base, tuned);
  const statistics = sparseStatistics(difference);
  if (!Number.isFinite(statistics.norm)) return undefined;
  const method = sparseMethod(statistics);
  const { true: ratio, reported } = sparseRatios(method, statistics);
  const thresholds = sparseChangedThresholds(base, difference);
  const svdBytes = sparseSvdBytes(shape);
  const unchanged = (limit: number) =>
    difference.reduce((count, value) => count + Number(Math.abs(value) < limit), 0);
  return {
    method,
    bytes: sparseMethodBytes(method, statistics),
    float16Bytes: FLOAT16_BYTES * statistics.count,
    isClamped: reported > ratio,
    later: laterTensor(name, difference, statistics),
    unchanged: {
      first: unchanged(thresholds.first),
      later: unchanged(thresholds.later),
      demo: unchanged(thresholds.demo),
    },
    estimate: sparseEstimate(statistics),
    ...(svdBytes !== undefined && { svdBytes }),
  };
}

function laterTensor(
  name: string,
  difference: Float32Array,
  statistics: SparseStatistics,
): SparseTensor['later'] {
  const method = sparseMethodByLayer(sparseLayerOf(name), statistics);
  if (method !== 'hybrid') return { method, bytes: sparseMethodBytes(method, statistics) };
  const threshold = sparseHybridThreshold(difference);
  const above = difference.reduce((count, value) => count + Number(Math.abs(value) > threshold), 0);
  return { method, bytes: sparseHybridBytes(statistics.count, above) };
}

/** Parts of tensors' names by kind of layer; the first kind with a match counts. The published description does not list its own. */
const LAYER_NAMES: readonly (readonly [SparseLayer, RegExp])[] = [
  ['norm', /norm|(^|\.)ln_?[\df]/],
  ['embedding', /embed|(^|\.)w[tp]e\./],
  ['head', /lm_head|classifier|embed_out/],
  ['attention', /att/],
  ['feed-forward', /mlp|ffn|feed_forward|(^|\.)fc\d?\.|intermediate|(^|\.)output\.dense/],
];

/** Returns the kind of layer that a tensor belongs to, by its name. */
export function sparseLayerOf(name: string): SparseLayer {
  return LAYER_NAMES.find(([, part]) => part.test(name))?.[0] ?? 'other';
}

/** A version of the estimator: the first one, a later one, and that of the hosted demo. */
export type SparseEstimator = 'first' | 'later' | 'demo';

/** Returns the threshold below which each version of the estimator counts a value as unchanged. */
export function sparseChangedThresholds(
  base: Float32Array,
  difference: Float32Array,
): Record<SparseEstimator, number> {
  const mean = base.reduce((sum, value) => sum + Math.abs(value), 0) / base.length;
  const largest = difference.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return { first: Math.max(0.01 * mean, 1e-4), later: 1e-6, demo: Math.max(0.001 * largest, 1e-7) };
}

/** Returns the ratio that the estimators predict from the share of unchanged values. */
export function sparseEstimatedRatio(sparsity: number): number {
  return 1 / (1 - 0.8 * sparsity);
}

/** Returns the fewest bytes of three methods, as the later estimator computes them, with the ratios that it promises for the method. */
export function sparseEstimate({ count, nonZero }: Pick<SparseStatistics, 'count' | 'nonZero'>) {
  const all = [
    { method: 'sparse', bytes: 6 * nonZero, promised: [2, 20] },
    { method: 'int8', bytes: count + 4, promised: [2, 2] },
    { method: 'sparse+int8', bytes: 5 * nonZero + 4, promised: [2, 8] },
  ] as const;
  return all.reduce((best, each) => (each.bytes < best.bytes ? each : best));
}
