import type { KeyedRandom } from '../base/random';

/**
 * A singular value decomposition A = Σ σ_k u_k v_kᵀ in float64 on the host. Matrices are flat and row-major; singular vectors
 * are rows. `jacobiSvd` is exact and suits matrices whose shorter side is up to a few hundred; `truncatedSvd` finds the
 * largest singular values of large matrices from a few products, which the caller may compute anywhere.
 */
export interface Svd {
  /** Singular values in descending order. */
  values: Float64Array;
  /** Left singular vectors, [rank, rows]; zero if the singular value is zero. */
  u: Float64Array;
  /** Right singular vectors, [rank, columns]; zero if the singular value is zero. */
  v: Float64Array;
  rank: number;
}

/** The cosine below which two rows count as orthogonal. */
const ORTHOGONAL = 1e-15;
const MAX_SWEEPS = 40;

/**
 * Decomposes a matrix by one-sided Jacobi rotations (Hestenes 1958, https://doi.org/10.1137/0106005), which rotate pairs of
 * rows of the shorter side until all are orthogonal. The rank of the result is the length of the shorter side.
 */
export function jacobiSvd(a: ArrayLike<number>, rows: number, columns: number): Svd {
  if (rows > columns) {
    const { values, u, v, rank } = jacobiSvd(transposed(a, rows, columns), columns, rows);
    return { values, u: v, v: u, rank };
  }
  const x = Float64Array.from(a);
  const rotations = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) rotations[i * rows + i] = 1;
  for (let sweep = 0; sweep < MAX_SWEEPS && sweepOnce(x, rotations, rows, columns); sweep++);
  return sorted(x, rotations, rows, columns);
}

/** Rotates every pair of rows of x, and of the product of all rotations. @returns whether any pair was not orthogonal */
function sweepOnce(x: Float64Array, rotations: Float64Array, rows: number, columns: number): boolean {
  let rotated = false;
  for (let i = 0; i < rows; i++)
    for (let j = i + 1; j < rows; j++) {
      const ii = dot(x, i * columns, x, i * columns, columns);
      const jj = dot(x, j * columns, x, j * columns, columns);
      const ij = dot(x, i * columns, x, j * columns, columns);
      if (ij === 0 || Math.abs(ij) <= ORTHOGONAL * Math.sqrt(ii) * Math.sqrt(jj)) continue;
      const zeta = (jj - ii) / (2 * ij);
      const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
      const cosine = 1 / Math.hypot(1, tangent);
      rotate(x, i * columns, j * columns, columns, cosine, cosine * tangent);
      rotate(rotations, i * rows, j * rows, rows, cosine, cosine * tangent);
      rotated = true;
    }
  return rotated;
}

function rotate(x: Float64Array, i: number, j: number, count: number, cosine: number, sine: number): void {
  for (let k = 0; k < count; k++) {
    const [a, b] = [x[i + k], x[j + k]];
    x[i + k] = cosine * a - sine * b;
    x[j + k] = sine * a + cosine * b;
  }
}

/** Returns the decomposition from x = rotations · A, whose rows are orthogonal: A = Σ (row i of rotations)ᵀ · (row i of x). */
function sorted(x: Float64Array, rotations: Float64Array, rows: number, columns: number): Svd {
  const lengths = Float64Array.from({ length: rows }, (_, i) =>
    Math.sqrt(dot(x, i * columns, x, i * columns, columns)),
  );
  const order = [...lengths.keys()].sort((a, b) => lengths[b] - lengths[a]);
  const values = Float64Array.from(order, (i) => lengths[i]);
  const u = new Float64Array(rows * rows);
  const v = new Float64Array(rows * columns);
  order.forEach((from, to) => {
    u.set(rotations.subarray(from * rows, (from + 1) * rows), to * rows);
    const row = x.subarray(from * columns, (from + 1) * columns);
    if (lengths[from] > 0)
      v.set(
        row.map((value) => value / lengths[from]),
        to * columns,
      );
  });
  return { values, u, v, rank: rows };
}

/** A matrix A [rows, columns] given by its products with vectors, which are the rows of the arguments. */
export interface LinearOperator {
  rows: number;
  columns: number;
  /** The products A·xᵢ of vectors x [count, columns], as rows [count, rows]. */
  times(x: Float64Array, count: number): Promise<ArrayLike<number>>;
  /** The products Aᵀ·yᵢ of vectors y [count, rows], as rows [count, columns]. */
  timesTransposed(y: Float64Array, count: number): Promise<ArrayLike<number>>;
}

/** Number of vectors that `truncatedSvd` uses beyond the rank. */
const OVERSAMPLING = 8;
/** Number of power iterations with A·Aᵀ. */
const POWER_ITERATIONS = 3;

/**
 * Returns the `rank` largest singular values with their vectors by a randomised range finder with power iterations (Halko,
 * Martinsson, Tropp 2011, https://arxiv.org/abs/0909.4061, algorithms 4.4 and 5.1). The result is exact if rank +
 * oversampling reaches the shorter side.
 */
export async function truncatedSvd(a: LinearOperator, rank: number, random: KeyedRandom): Promise<Svd> {
  const { rows, columns } = a;
  const count = Math.min(rank + OVERSAMPLING, rows, columns);
  const start = Float64Array.from({ length: count * columns }, () => random.nextNormal());
  let basis = orthonormalRows(await a.times(start, count), count, rows);
  for (let i = 0; i < POWER_ITERATIONS; i++) {
    const across = orthonormalRows(await a.timesTransposed(basis, count), count, columns);
    basis = orthonormalRows(await a.times(across, count), count, rows);
  }
  // A ≈ basisᵀ · core · across with a small core [count, count].
  const image = await a.timesTransposed(basis, count);
  const across = orthonormalRows(image, count, columns);
  const core = jacobiSvd(productTransposed(image, across, count, columns), count, count);
  const kept = Math.min(rank, count);
  return {
    values: core.values.slice(0, kept),
    u: combined(core.u, basis, { kept, count, length: rows }),
    v: combined(core.v, across, { kept, count, length: columns }),
    rank: kept,
  };
}

/** a · bᵀ of two matrices [count, length]. */
function productTransposed(
  a: ArrayLike<number>,
  b: Float64Array,
  count: number,
  length: number,
): Float64Array {
  const x = Float64Array.from(a);
  return Float64Array.from({ length: count * count }, (_, at) =>
    dot(x, Math.floor(at / count) * length, b, (at % count) * length, length),
  );
}

/** Returns the first `kept` rows of weights [count, count] · vectors [count, length]. */
function combined(
  weights: Float64Array,
  vectors: Float64Array,
  { kept, count, length }: { kept: number; count: number; length: number },
): Float64Array {
  const out = new Float64Array(kept * length);
  for (let k = 0; k < kept; k++)
    for (let i = 0; i < count; i++) {
      const weight = weights[k * count + i];
      for (let c = 0; c < length; c++) out[k * length + c] += weight * vectors[i * length + c];
    }
  return out;
}

/** Orthonormalises rows by Gram–Schmidt, twice for full accuracy. A row that depends on previous ones becomes zero. */
export function orthonormalRows(a: ArrayLike<number>, count: number, length: number): Float64Array {
  const x = Float64Array.from(a);
  for (let i = 0; i < count; i++) {
    const before = dot(x, i * length, x, i * length, length);
    for (let pass = 0; pass < 2; pass++)
      for (let j = 0; j < i; j++) {
        const share = dot(x, i * length, x, j * length, length);
        for (let k = 0; k < length; k++) x[i * length + k] -= share * x[j * length + k];
      }
    const after = dot(x, i * length, x, i * length, length);
    const factor = after > 1e-24 * before ? 1 / Math.sqrt(after) : 0;
    for (let k = 0; k < length; k++) x[i * length + k] *= factor;
  }
  return x;
}

function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += a[aStart + k] * b[bStart + k];
  return sum;
}

function transposed(a: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) out[j * rows + i] = a[i * columns + j];
  return out;
}
