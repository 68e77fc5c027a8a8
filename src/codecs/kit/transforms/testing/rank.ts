import type { ComplexMatrix } from '../complexMatrix';

const MAX_SWEEPS = 40;

/** Counts the singular values above σ_max · `tolerance`, by one-sided Jacobi rotations. */
export function rank(matrix: ComplexMatrix, tolerance: number): number {
  const { n } = matrix;
  const columns = Array.from({ length: n }, (_, k) =>
    Float64Array.from({ length: 2 * n }, (_, i) => (i % 2 ? matrix.im : matrix.re)[(i >> 1) * n + k]),
  );
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) if (!sweepOnce(columns)) break;
  const sizes = columns.map((column) => Math.sqrt(column.reduce((sum, x) => sum + x * x, 0)));
  const floor = Math.max(...sizes) * tolerance;
  return sizes.filter((size) => size > floor).length;
}

/** Orthogonalises every pair of columns once. @returns whether any pair was not orthogonal */
function sweepOnce(columns: Float64Array[]): boolean {
  let rotated = false;
  for (let a = 0; a < columns.length; a++)
    for (let b = a + 1; b < columns.length; b++) rotated = rotatePair(columns[a], columns[b]) || rotated;
  return rotated;
}

function rotatePair(x: Float64Array, y: Float64Array): boolean {
  let [xx, yy, re, im] = [0, 0, 0, 0];
  for (let i = 0; i < x.length; i += 2) {
    xx += x[i] ** 2 + x[i + 1] ** 2;
    yy += y[i] ** 2 + y[i + 1] ** 2;
    re += x[i] * y[i] + x[i + 1] * y[i + 1];
    im += x[i] * y[i + 1] - x[i + 1] * y[i];
  }
  const size = Math.hypot(re, im);
  // Columns that consist of rounding errors never become orthogonal to each other.
  if (size <= 1e-15 * Math.sqrt(xx * yy) || size < 1e-30) return false;
  const zeta = (yy - xx) / (2 * size);
  const t = Math.sign(zeta || 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
  const c = 1 / Math.hypot(1, t);
  const [sRe, sIm] = [(c * t * re) / size, (c * t * im) / size];
  for (let i = 0; i < x.length; i += 2) {
    const [a, b, p, q] = [x[i], x[i + 1], y[i], y[i + 1]];
    // x' = c·x − s̄·y, y' = s·x + c·y with s = t·c·⟨x, y⟩/|⟨x, y⟩|.
    x[i] = c * a - (sRe * p + sIm * q);
    x[i + 1] = c * b - (sRe * q - sIm * p);
    y[i] = sRe * a - sIm * b + c * p;
    y[i + 1] = sRe * b + sIm * a + c * q;
  }
  return true;
}
