import { complexZeros, type ComplexMatrix } from './complexMatrix';

/** Entries of a column this small do not decide its phase. */
const PHASE_FLOOR = 1e-12;

/**
 * The unitary factor Q of B = Q·R by Householder reflections in float64, column after column, and the phase fix: each column
 * is turned so that its first entry over 1e-12 in modulus is real and positive.
 *
 * One fixed order of operations: where B is rank deficient, rounding decides the trailing columns, so only this routine
 * rebuilds them.
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
    reflectors.map((_, k) => fixPhase(columnOfQ(reflectors, k))),
  );
}

/** A column as two arrays: reflections walk down columns. */
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

/** Unit v, zero above `k`, with (I − 2vvᴴ)·column zero below `k`; all zero when the column already is. */
function reflectorOf(column: Column, k: number): Column {
  const n = column.re.length;
  const v = { re: new Float64Array(n), im: new Float64Array(n) };
  let squares = 0;
  for (let row = k; row < n; row++) squares += column.re[row] ** 2 + column.im[row] ** 2;
  const norm = Math.sqrt(squares);
  if (norm === 0) return v;
  const head = Math.hypot(column.re[k], column.im[k]);
  const [turnRe, turnIm] = head === 0 ? [1, 0] : [column.re[k] / head, column.im[k] / head];
  v.re.set(column.re.subarray(k), k);
  v.im.set(column.im.subarray(k), k);
  v.re[k] += turnRe * norm;
  v.im[k] += turnIm * norm;
  const length = Math.sqrt(2 * norm * (norm + head));
  for (let row = k; row < n; row++) {
    v.re[row] /= length;
    v.im[row] /= length;
  }
  return v;
}

/** x ← x − 2v(vᴴx), from row `k` down. */
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

/** Column k of H₀·H₁·…·Hₖ; the later reflections do not touch unit vector k. */
function columnOfQ(reflectors: readonly Column[], k: number): Column {
  const n = reflectors.length;
  const column = { re: new Float64Array(n), im: new Float64Array(n) };
  column.re[k] = 1;
  for (let i = k; i >= 0; i--) reflect(column, reflectors[i], i);
  return column;
}

function fixPhase({ re, im }: Column): Column {
  const first = re.findIndex((x, row) => Math.hypot(x, im[row]) > PHASE_FLOOR);
  const size = Math.hypot(re[first], im[first]);
  const [c, s] = [re[first] / size, -im[first] / size];
  return { re: re.map((x, row) => x * c - im[row] * s), im: im.map((y, row) => re[row] * s + y * c) };
}
