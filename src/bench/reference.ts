import { KeyedRandom } from '../base/random';
import type { Verdict } from './types';

const SEED = 20_260_101;
/** Number of entries of a product that are checked against float64, including the corners. */
const CHECKED_ENTRIES = 4096;
const FLOAT32_EPSILON = 2 ** -24;

/** Distance between enlarged values, whose omission by a kernel exceeds the tolerance. */
const OUTLIER_EVERY = 61;
const OUTLIER = 8;

/** Length of the table, a prime, so that its repetitions do not align with rows. */
const TABLE = 65_521;

/** Returns seeded uniform values in [−1, 1) with outliers. A table of them is repeated because a benchmark needs millions. */
export function benchValues(count: number, stream: number): Float32Array {
  const random = new KeyedRandom(SEED, stream);
  const values = new Float32Array(count);
  for (let i = 0; i < Math.min(count, TABLE); i++) {
    const value = 2 * random.uniformAt(i) - 1;
    values[i] = i % OUTLIER_EVERY === 0 ? OUTLIER * value : value;
  }
  for (let done = TABLE; done < count; done *= 2) values.copyWithin(done, 0, Math.min(done, count - done));
  return values;
}

/** The operands of a product y[M, N] = x[M, K] · W[N, K]ᵀ. */
export interface MatmulProblem {
  x: Float32Array;
  w: Float32Array;
  m: number;
  k: number;
  n: number;
}

/**
 * Checks y[M, N] = x · Wᵀ at seeded entries and corners against float64. The measure is |error| ÷ Σ|x·w|, which for any order
 * of float32 additions is at most γ_K = K·u ÷ (1 − K·u) (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
 */
export function checkProduct(product: MatmulProblem, y: Float32Array): Verdict {
  const { m, n, k } = product;
  const limit = (k * FLOAT32_EPSILON) / (1 - k * FLOAT32_EPSILON);
  const entries = entriesToCheck(m, n);
  let maxError = y.length === m * n ? 0 : Infinity;
  for (const [row, column] of entries) {
    const error = entryError(product, y[row * n + column], row, column);
    if (!(error <= maxError)) maxError = Number.isNaN(error) ? Infinity : error;
  }
  const note = `${entries.length} entries against float64, relative to Σ|x·w|, limit ${limit.toExponential(1)}`;
  return { ok: maxError <= limit, maxError, note };
}

function entryError({ x, w, k }: MatmulProblem, value: number, row: number, column: number): number {
  let sum = 0;
  let size = 0;
  for (let i = 0; i < k; i++) {
    const term = x[row * k + i] * w[column * k + i];
    sum += term;
    size += Math.abs(term);
  }
  return Math.abs(value - sum) / size;
}

function entriesToCheck(m: number, n: number): [number, number][] {
  const corners: [number, number][] = [
    [0, 0],
    [0, n - 1],
    [m - 1, 0],
    [m - 1, n - 1],
  ];
  if (m * n <= CHECKED_ENTRIES) return Array.from({ length: m * n }, (_, i) => [Math.floor(i / n), i % n]);
  const random = new KeyedRandom(SEED, 99);
  for (let i = corners.length; i < CHECKED_ENTRIES; i++)
    corners.push([random.uint32At(2 * i) % m, random.uint32At(2 * i + 1) % n]);
  return corners;
}

/** Compares two float32 results by the largest |difference| ÷ largest |reference|. */
export function compareResults(
  result: ArrayLike<number>,
  reference: ArrayLike<number>,
  limit: number,
  note: string,
): Verdict {
  let difference = result.length === reference.length ? 0 : Infinity;
  let size = 0;
  for (let i = 0; i < reference.length; i++) {
    size = Math.max(size, Math.abs(reference[i]));
    const error = Math.abs(result[i] - reference[i]);
    if (!(error <= difference)) difference = Number.isNaN(error) ? Infinity : error;
  }
  const maxError = difference / size;
  return { ok: maxError <= limit, maxError, note: `${note}, limit ${limit.toExponential(1)}` };
}
