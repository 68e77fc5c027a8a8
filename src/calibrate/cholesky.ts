import { LabError, throwIfAborted } from '../base/errors';

/**
 * Cholesky factors in float64 on the host. Matrices are flat and row-major, [n, n]. Each factorisation has a synchronous form
 * and one ending in `Async`, which yields to other work and can be aborted between columns. Errors name the tensor.
 */

/** Number of columns per step; their rows stay in the cache while all other rows are read. */
const PANEL = 16;
/** Milliseconds of work after which the asynchronous forms yield, so that a worker still receives messages. */
const SLICE_MS = 50;
/**
 * The smallest share of its diagonal element that a pivot may have. Below it a Gram matrix in float32 cannot distinguish the
 * column from a combination of previous ones.
 */
const MIN_PIVOT_SHARE = 2 ** -23;

export interface FactorContext {
  /** Name of the tensor whose inputs the matrix describes, for errors. */
  name: string;
  signal?: AbortSignal;
}

/**
 * H = G + λI of a Gram matrix G [columns, columns] with λ = `damping` · mean of the non-zero diagonal elements. The diagonal
 * element of a dead column, whose input was always 0, is set to 1 first, as in the code of Frantar et al. 2022,
 * https://arxiv.org/abs/2210.17323. The rest of its row is 0, so this does not affect other columns.
 * @throws LabError not-finite; bad-input if all inputs were 0
 */
export function dampedHessian(
  gram: ArrayLike<number>,
  columns: number,
  damping: number,
  name: string,
): Float64Array {
  requireFiniteGram(gram, columns, name);
  const h = new Float64Array(gram);
  const diagonal = Float64Array.from({ length: columns }, (_, i) => h[i * columns + i]);
  const live = diagonal.filter((value) => value > 0);
  if (live.length === 0) throw onlyZeros(name);
  const lambda = (damping * live.reduce((sum, value) => sum + value, 0)) / live.length;
  diagonal.forEach((value, i) => (h[i * columns + i] = (value > 0 ? value : 1) + lambda));
  return h;
}

/** Returns the lower triangular L with H = L·Lᵀ, zero above the diagonal. @throws LabError bad-input if H is singular */
export function cholesky(h: Float64Array, n: number, name: string): Float64Array {
  return finish(choleskySteps(h.slice(), n, name));
}

/** Computes `cholesky` asynchronously. @throws LabError bad-input if H is singular; Cancelled */
export function choleskyAsync(h: Float64Array, n: number, context: FactorContext): Promise<Float64Array> {
  return finishAsync(choleskySteps(h.slice(), n, context.name), context.signal);
}

/**
 * Returns the upper triangular U with H⁻¹ = Uᵀ·U, zero below the diagonal. Row i of U, divided by U[i,i], holds the updates
 * with which the columns after i compensate an error in column i.
 * @throws LabError bad-input if H is singular
 */
export function inverseCholesky(h: Float64Array, n: number, name: string): Float64Array {
  return finish(inverseCholeskySteps(h, n, name));
}

/** Computes `inverseCholesky` asynchronously. @throws LabError bad-input if H is singular; Cancelled */
export function inverseCholeskyAsync(
  h: Float64Array,
  n: number,
  context: FactorContext,
): Promise<Float64Array> {
  return finishAsync(inverseCholeskySteps(h, n, context.name), context.signal);
}

/** A long computation that yields where it may be aborted. */
type Steps<T> = Generator<void, T>;

function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

async function finishAsync<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  let resumed = performance.now();
  for (;;) {
    throwIfAborted(signal);
    const { done, value } = steps.next();
    if (done) return value;
    if (performance.now() - resumed < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    resumed = performance.now();
  }
}

/** Replaces H by L, a panel of columns at a time: subtracts the products of earlier columns, then solves within the panel. */
function* choleskySteps(l: Float64Array, n: number, name: string): Steps<Float64Array> {
  const diagonal = Float64Array.from({ length: n }, (_, i) => l[i * n + i]);
  for (let first = 0; first < n; first += PANEL) {
    const end = Math.min(n, first + PANEL);
    subtractProducts(l, l, { n, rows: [first, n], columns: [first, end] });
    for (let j = first; j < end; j++) {
      const pivot = l[j * n + j] - dot(l, j * n + first, l, j * n + first, j - first);
      if (!(pivot > MIN_PIVOT_SHARE * diagonal[j])) throw singular(name);
      l[j * n + j] = Math.sqrt(pivot);
      for (let i = j + 1; i < n; i++) solve(l, i, l, j, first, n);
    }
    yield;
  }
  for (let i = 0; i < n; i++) l.fill(0, i * n + i + 1, (i + 1) * n);
  return l;
}

/**
 * Computes U from a lower factor of H with rows and columns in reverse order, which reverses the flat array: if
 * reverse(H) = L·Lᵀ, then U = reverse(L⁻¹).
 */
function* inverseCholeskySteps(h: Float64Array, n: number, name: string): Steps<Float64Array> {
  const l = yield* choleskySteps(h.slice().reverse(), n, name);
  const inverse = yield* invertLowerTransposed(l, n);
  const u = l.fill(0);
  for (let i = 0; i < n; i++) for (let j = i; j < n; j++) u[i * n + j] = inverse[(n - 1 - j) * n + n - 1 - i];
  return u;
}

/** Returns the upper triangular (L⁻¹)ᵀ, in which column i follows from the previous columns because L·L⁻¹ = I. */
function* invertLowerTransposed(l: Float64Array, n: number): Steps<Float64Array> {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) inverse[i * n + i] = 1;
  for (let first = 0; first < n; first += PANEL) {
    const end = Math.min(n, first + PANEL);
    subtractProducts(inverse, l, { n, rows: [0, first], columns: [first, end] });
    for (let i = first; i < end; i++) for (let j = 0; j <= i; j++) solve(inverse, j, l, i, first, n);
    yield;
  }
  return inverse;
}

/** x[row, column] = (x[row, column] − Σ x[row, k]·l[column, k]) ÷ l[column, column] with k from `first` to column − 1. */
function solve(
  x: Float64Array,
  row: number,
  l: Float64Array,
  column: number,
  first: number,
  n: number,
): void {
  const rest = x[row * n + column] - dot(x, row * n + first, l, column * n + first, column - first);
  x[row * n + column] = rest / l[column * n + column];
}

function dot(a: Float64Array, aStart: number, b: Float64Array, bStart: number, count: number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += a[aStart + k] * b[bStart + k];
  return sum;
}

interface Panel {
  n: number;
  /** The range [first, end) of rows. */
  rows: readonly [number, number];
  columns: readonly [number, number];
}

/** x[i, j] −= Σ x[i, k]·y[j, k] over k before the panel, for its rows i and columns j, with 2 × 4 sums in registers. */
function subtractProducts(x: Float64Array, y: Float64Array, { n, rows, columns }: Panel): void {
  const count = columns[0];
  let i = rows[0];
  for (; i + 2 <= rows[1]; i += 2) {
    let j = columns[0];
    for (; j + 4 <= columns[1]; j += 4) subtractTile(x, i, y, j, n, count);
    for (; j < columns[1]; j++) {
      x[i * n + j] -= dot(x, i * n, y, j * n, count);
      x[(i + 1) * n + j] -= dot(x, (i + 1) * n, y, j * n, count);
    }
  }
  for (; i < rows[1]; i++)
    for (let j = columns[0]; j < columns[1]; j++) x[i * n + j] -= dot(x, i * n, y, j * n, count);
}

function subtractTile(
  x: Float64Array,
  i: number,
  y: Float64Array,
  j: number,
  n: number,
  count: number,
): void {
  const [x0, x1] = [i * n, (i + 1) * n];
  const [y0, y1, y2, y3] = [j * n, (j + 1) * n, (j + 2) * n, (j + 3) * n];
  let [s00, s01, s02, s03] = [0, 0, 0, 0];
  let [s10, s11, s12, s13] = [0, 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const a0 = x[x0 + k];
    const a1 = x[x1 + k];
    const b0 = y[y0 + k];
    const b1 = y[y1 + k];
    const b2 = y[y2 + k];
    const b3 = y[y3 + k];
    s00 += a0 * b0;
    s01 += a0 * b1;
    s02 += a0 * b2;
    s03 += a0 * b3;
    s10 += a1 * b0;
    s11 += a1 * b1;
    s12 += a1 * b2;
    s13 += a1 * b3;
  }
  x[x0 + j] -= s00;
  x[x0 + j + 1] -= s01;
  x[x0 + j + 2] -= s02;
  x[x0 + j + 3] -= s03;
  x[x1 + j] -= s10;
  x[x1 + j + 1] -= s11;
  x[x1 + j + 2] -= s12;
  x[x1 + j + 3] -= s13;
}

function requireFiniteGram(gram: ArrayLike<number>, columns: number, name: string): void {
  for (let i = 0; i < columns * columns; i++)
    if (!Number.isFinite(gram[i]))
      throw new LabError(
        'not-finite',
        `The calibration statistics at the input of ${name} hold ${gram[i]} at row ${Math.floor(i / columns)}, column ${i % columns}.`,
        'Use another checkpoint or other calibration data; the model must have finite activations on it.',
      );
}

function onlyZeros(name: string): LabError {
  return new LabError(
    'bad-input',
    `All calibration inputs of ${name} are zero.`,
    'Use other calibration data, or a codec without calibration for this tensor.',
  );
}

function singular(name: string): LabError {
  return new LabError(
    'bad-input',
    `The calibration inputs of ${name} are linearly dependent: their Gram matrix is singular.`,
    'Use a larger damping or more calibration windows.',
  );
}
