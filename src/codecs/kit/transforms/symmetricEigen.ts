/** The ascending eigenvalues and the eigenvectors of a real symmetric matrix. Vector i is vectors[i·n … (i + 1)·n). */
export interface Eigen {
  values: Float64Array;
  vectors: Float64Array;
}

const MAX_SWEEPS = 60;

/**
 * Computes the eigendecomposition of a real symmetric matrix [n, n] in float64 by Householder reduction to tridiagonal form and QL
 * iterations with implicit shifts (Martin, Reinsch, Wilkinson 1968; Golub and Van Loan, Matrix Computations, 8.3). For orders of 512 it
 * is much faster than a Jacobi iteration.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = Array.from({ length: n }, (_, row) => matrix.slice(row * n, (row + 1) * n));
  const { diagonal, off, basis } = tridiagonalise(a);
  implicitQl(diagonal, off, basis);
  const order = Array.from(diagonal.keys()).sort((i, j) => diagonal[i] - diagonal[j]);
  const vectors = new Float64Array(n * n);
  order.forEach((from, to) => vectors.set(basis[from], to * n));
  return { values: Float64Array.from(order, (i) => diagonal[i]), vectors };
}

interface Tridiagonal {
  diagonal: Float64Array;
  /** The elements off[i] at (i, i + 1), and a final 0. */
  off: Float64Array;
  /** The columns of the orthogonal Z with A = Z·T·Zᵀ. */
  basis: Float64Array[];
}

/** Reduces `a`, which it overwrites, to tridiagonal form by reflections that clear one column after the other. */
function tridiagonalise(a: Float64Array[]): Tridiagonal {
  const n = a.length;
  const reflectors: Float64Array[] = [];
  for (let k = 0; k + 2 < n; k++) {
    const v = reflector(a[k], k + 1);
    if (v) applyBothSides(a, v, k);
    reflectors.push(v ?? new Float64Array(n));
  }
  const basis = Array.from({ length: n }, (_, i) => {
    const unit = new Float64Array(n);
    unit[i] = 1;
    for (let k = reflectors.length - 1; k >= 0; k--) reflectVector(unit, reflectors[k], k + 1);
    return unit;
  });
  return {
    diagonal: Float64Array.from(a, (row, i) => row[i]),
    off: Float64Array.from(a, (row, i) => (i + 1 < n ? row[i + 1] : 0)),
    basis,
  };
}

/** Computes a unit vector v, zero before `first`, whose reflection maps x[first …] to a multiple of the first unit vector. */
function reflector(x: Float64Array, first: number): Float64Array | undefined {
  let squares = 0;
  for (let i = first; i < x.length; i++) squares += x[i] * x[i];
  const norm = Math.sqrt(squares);
  if (norm === 0) return undefined;
  const v = new Float64Array(x.length);
  v.set(x.subarray(first), first);
  v[first] += x[first] < 0 ? -norm : norm;
  const length = Math.sqrt(2 * norm * (norm + Math.abs(x[first])));
  return v.map((value) => value / length);
}

/** Computes A ← H·A·H with H = I − 2vvᵀ as A − v·wᵀ − w·vᵀ, w = 2(Av − (vᵀAv)v). */
function applyBothSides(a: Float64Array[], v: Float64Array, first: number): void {
  const n = a.length;
  const p = new Float64Array(n);
  let inner = 0;
  for (let row = first; row < n; row++) {
    let sum = 0;
    for (let i = first; i < n; i++) sum += a[row][i] * v[i];
    p[row] = sum;
    inner += sum * v[row];
  }
  const w = p.map((value, i) => 2 * (value - inner * v[i]));
  for (let row = first; row < n; row++)
    for (let i = first; i < n; i++) a[row][i] -= v[row] * w[i] + w[row] * v[i];
}

function reflectVector(x: Float64Array, v: Float64Array, first: number): void {
  let dot = 0;
  for (let i = first; i < x.length; i++) dot += v[i] * x[i];
  for (let i = first; i < x.length; i++) x[i] -= 2 * dot * v[i];
}

/** Diagonalises T in place and applies the same rotations to the basis. */
function implicitQl(d: Float64Array, e: Float64Array, basis: Float64Array[]): void {
  const n = d.length;
  for (let low = 0; low < n; low++)
    for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
      let high = low;
      while (high < n - 1 && Math.abs(e[high]) > Number.EPSILON * (Math.abs(d[high]) + Math.abs(d[high + 1])))
        high++;
      if (high === low) break;
      qlStep(d, e, basis, low, high);
    }
}

/** Applies one QL step with Wilkinson's shift to the block low … high. */
function qlStep(d: Float64Array, e: Float64Array, basis: Float64Array[], low: number, high: number): void {
  let g = (d[low + 1] - d[low]) / (2 * e[low]);
  let r = Math.hypot(g, 1);
  g = d[high] - d[low] + e[low] / (g + (g < 0 ? -r : r));
  let [s, c, p] = [1, 1, 0];
  for (let i = high - 1; i >= low; i--) {
    const [f, b] = [s * e[i], c * e[i]];
    r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // The block splits here. The pending shift is undone, and the next step handles the rest.
      d[i + 1] -= p;
      e[high] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    rotate(basis[i], basis[i + 1], c, s);
  }
  d[low] -= p;
  e[low] = g;
  e[high] = 0;
}

function rotate(x: Float64Array, y: Float64Array, c: number, s: number): void {
  for (let k = 0; k < x.length; k++) {
    const old = y[k];
    y[k] = s * x[k] + c * old;
    x[k] = c * x[k] - s * old;
  }
}
