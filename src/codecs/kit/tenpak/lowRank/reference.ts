/** How many singular triplets power iteration finds, and from where. */
export interface LowRankSettings {
  rank: number;
  /** Rounds of v ∝ Aᵀ(A·v) for each triplet. */
  rounds: number;
  /** The first vectors, [rank, columns], not normalised. */
  starts: Float32Array;
}

/** A ≈ Σ left_k · right_kᵀ, where right_k are unit vectors and the lengths of left_k = A·right_k are the singular values. */
export interface LowRank {
  /** [rank, rows] */
  left: Float64Array;
  /** [rank, columns] */
  right: Float64Array;
}

/** Runs deflated power iteration on A [rows, columns] by plain loops in float64. If A is zero, so are the vectors. */
export function lowRank(
  matrix: ArrayLike<number>,
  rows: number,
  columns: number,
  { rank, rounds, starts }: LowRankSettings,
): LowRank {
  const a = Float64Array.from(matrix);
  const left = new Float64Array(rank * rows);
  const right = new Float64Array(rank * columns);
  for (let k = 0; k < rank; k++) {
    let v = normalised(Float64Array.from(starts.subarray(k * columns, (k + 1) * columns)));
    for (let round = 0; round < rounds; round++)
      v = normalised(transposedProduct(a, product(a, v, rows), columns));
    const u = product(a, v, rows);
    for (let i = 0; i < a.length; i++) a[i] -= u[Math.floor(i / columns)] * v[i % columns];
    left.set(u, k * rows);
    right.set(v, k * columns);
  }
  return { left, right };
}

function normalised(v: Float64Array): Float64Array {
  const norm = Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));
  return norm === 0 ? v.fill(0) : v.map((x) => x / norm);
}

function product(a: Float64Array, v: Float64Array, rows: number): Float64Array {
  const u = new Float64Array(rows);
  for (let i = 0; i < a.length; i++) u[Math.floor(i / v.length)] += a[i] * v[i % v.length];
  return u;
}

function transposedProduct(a: Float64Array, u: Float64Array, columns: number): Float64Array {
  const v = new Float64Array(columns);
  for (let i = 0; i < a.length; i++) v[i % columns] += a[i] * u[Math.floor(i / columns)];
  return v;
}

/** Multiplies factors as decoders use them, left [rows, rank] and right [rank, columns]. */
export function factorProduct(
  { left, right, rank }: { left: ArrayLike<number>; right: ArrayLike<number>; rank: number },
  [rows, columns]: readonly [number, number],
): Float64Array {
  const product = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let k = 0; k < rank; k++) product[i * columns + j] += left[i * rank + k] * right[k * columns + j];
  return product;
}
