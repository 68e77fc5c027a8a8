import { complexZeros, type ComplexMatrix } from './complexMatrix';

/** The modulus above which an entry determines the phase of its column. */
const PHASE_FLOOR = 1e-12;

/**
 * Computes the unitary factor Q of B = Q·R by Householder reflections in float64. The phase of each column is normalised so that its
 * first entry above 1e-12 in modulus is real and positive.
 *
 * The order of operations is fixed. Where B is rank deficient, rounding determines the trailing columns, so that no other routine
 * reproduces them.
 */
export function orthonormalise(b: ComplexMatrix): ComplexMatrix {
  const columns = columnsOf(b);
  const reflectors: Column[] = [];
  for (let k = 0; k < b.n; k++) {
    const reflector = reflectorOf(columns[k], k);
    for (let j = k; j < b.n; j++) reflect(columns[j], reflector, k);
    reflectors.push(reflector);
  }
  return matrixOf(
    b.n,
    reflectors.map((_, k) => normalisePhase(columnOfQ(reflectors, k))),
  );
}

/** One column, contiguous because reflections run along columns. */
interface Column {
  re: Float64Array;
  im: Float64Array;
}

function columnsOf({ n, re, im }: ComplexMatrix): Column[] {
  return Array.from({ length: n }, (_, k) => ({
    re: Float64Array.from({ length: n }, (_, row) => re[row * n + k]),
    im: Float64Array.from({ length: n }, (_, row) => im[row * n + k]),
  }));
}

function matrixOf(n: number, columns: readonly Column[]): ComplexMatrix {
  const matrix = complexZeros(n);
  columns.forEach((column, k) => {
    for (let row = 0; row < n; row++) {
      matrix.re[row * n + k] = column.re[row];
      matrix.im[row * n + k] = column.im[row];
    }
  });
  return matrix;
}

/** Computes a unit vector v, zero above `k`, for which (I − 2vvᴴ)·column is zero below `k`. It is zero if the column is zero from `k` on. */
function reflectorOf(column: Column, k: number): Column {
  const n = column.re.length;
  const v = { re: new Float64Array(n), im: new Float64Array(n) };
  let squares = 0;
  for (let row = k; row < n; row++) squares += column.re[row] ** 2 + column.im[row] ** 2;
  const norm = Math.sqrt(squares);
  if (norm === 0) return v;
  const head = Math.hypot(column.re[k], column.im[k]);
  const [phaseRe, phaseIm] = head === 0 ? [1, 0] : [column.re[k] / head, column.im[k] / head];
  v.re.set(column.re.subarray(k), k);
  v.im.set(column.im.subarray(k), k);
  v.re[k] += phaseRe * norm;
  v.im[k] += phaseIm * norm;
  const length = Math.sqrt(2 * norm * (norm + head));
  for (let row = k; row < n; row++) {
    v.re[row] /= length;
    v.im[row] /= length;
  }
  return v;
}

/** Computes x ← x − 2v(vᴴx) from row `k` on. */
function reflect(x: Column, v: Column, k: number): void {
  let [dotRe, dotIm] = [0, 0];
  for (let row = k; row < x.re.length; row++) {
    dotRe += v.re[row] * x.re[row] + v.im[row] * x.im[row];
    dotIm += v.re[row] * x.im[row] - v.im[row] * x.re[row];
  }
  for (let row = k; row < x.re.length; row++) {
    x.re[row] -= 2 * (v.re[row] * dotRe - v.im[row] * dotIm);
    x.im[row] -= 2 * (v.re[row] * dotIm + v.im[row] * dotRe);
  }
}

/** Computes column k of H₀·H₁·…·Hₖ. Later reflections do not change unit vector k. */
function columnOfQ(reflectors: readonly Column[], k: number): Column {
  const n = reflectors.length;
  const column = { re: new Float64Array(n), im: new Float64Array(n) };
  column.re[k] = 1;
  for (let i = k; i >= 0; i--) reflect(column, reflectors[i], i);
  return column;
}

function normalisePhase({ re, im }: Column): Column {
  const first = re.findIndex((x, row) => Math.hypot(x, im[row]) > PHASE_FLOOR);
  const size = Math.hypot(re[first], im[first]);
  const [c, s] = [re[first] / size, -im[first] / size];
  return { re: re.map((x, row) => x * c - im[row] * s), im: im.map((y, row) => re[row] * s + y * c) };
}
