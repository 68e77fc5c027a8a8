/** A pivot below this share of its diagonal element is a rounding error of float32 products. */
const MIN_PIVOT = 1e-6;

/**
 * Solves A·X = B for X [n, columns] and a symmetric positive semidefinite A [n, n] by Cholesky's method in float64. If A is
 * singular, the unknowns of linearly dependent rows are zero.
 */
export function solveNormal(a: ArrayLike<number>, b: ArrayLike<number>, n: number): Float64Array {
  const columns = b.length / n;
  const l = Float64Array.from(a);
  const x = Float64Array.from(b);
  const isDependent = new Uint8Array(n);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < j; k++) if (!isDependent[k]) l[j * n + j] -= l[j * n + k] ** 2;
    isDependent[j] = Number(!(l[j * n + j] > MIN_PIVOT * a[j * n + j]));
    if (isDependent[j]) continue;
    l[j * n + j] = Math.sqrt(l[j * n + j]);
    for (let i = j + 1; i < n; i++) {
      for (let k = 0; k < j; k++) if (!isDependent[k]) l[i * n + j] -= l[i * n + k] * l[j * n + k];
      l[i * n + j] /= l[j * n + j];
    }
  }
  const eliminate = (i: number, k: number, factor: number) => {
    for (let c = 0; c < columns; c++) x[i * columns + c] -= factor * x[k * columns + c];
  };
  const divide = (i: number) => {
    for (let c = 0; c < columns; c++)
      x[i * columns + c] = isDependent[i] ? 0 : x[i * columns + c] / l[i * n + i];
  };
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) if (!isDependent[k]) eliminate(i, k, l[i * n + k]);
    divide(i);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) if (!isDependent[i]) eliminate(i, k, l[k * n + i]);
    divide(i);
  }
  return x;
}
