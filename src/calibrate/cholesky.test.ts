import { expect, test } from 'vitest';
import { Cancelled, LabError } from '../base/errors';
import { KeyedRandom } from '../base/random';
import { cholesky, choleskyAsync, dampedHessian, inverseCholesky, inverseCholeskyAsync } from './cholesky';

const NAME = 'model.layers.0.mlp.down_proj.weight';

/** A symmetric positive definite matrix, A·Aᵀ + n/4·I of a random A. */
function positiveDefinite(n: number): Float64Array {
  const random = new KeyedRandom(n, 0xc401);
  const a = Float64Array.from({ length: n * n }, () => random.nextNormal());
  const h = product(a, transposed(a, n), n);
  for (let i = 0; i < n; i++) h[i * n + i] += n / 4;
  return h;
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}

function transposed(a: Float64Array, n: number): Float64Array {
  return a.map((_, i) => a[(i % n) * n + Math.floor(i / n)]);
}

function expectNear(actual: Float64Array, expected: Float64Array, tolerance: number): void {
  const worst = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0);
  expect(worst).toBeLessThan(tolerance);
}

const identity = (n: number) => Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));

test('a textbook factor: [[4,12,−16],[12,37,−43],[−16,−43,98]] = L·Lᵀ', () => {
  // https://en.wikipedia.org/wiki/Cholesky_decomposition, the example with whole numbers.
  const h = Float64Array.of(4, 12, -16, 12, 37, -43, -16, -43, 98);
  expect([...cholesky(h, 3, NAME)]).toEqual([2, 0, 0, 6, 1, 0, -8, 5, 3]);
});

test('the factor of the inverse of a 2 × 2 matrix', () => {
  // H = [[5, 2], [2, 1]], det 1, so H⁻¹ = [[1, −2], [−2, 5]] = Uᵀ·U with U = [[1, −2], [0, 1]]:
  // U₁₁ = √1, U₁₂ = −2 ÷ 1, U₂₂ = √(5 − 4).
  expect([...inverseCholesky(Float64Array.of(5, 2, 2, 1), 2, NAME)]).toEqual([1, -2, 0, 1]);
  expect([...inverseCholesky(Float64Array.of(4), 1, NAME)]).toEqual([0.5]);
});

// Sizes on both sides of every boundary: a tile has 2 rows and 4 columns, a panel 16 columns.
test.each([1, 2, 3, 4, 5, 15, 16, 17, 19, 33, 50, 64, 101])('L·Lᵀ = H and Uᵀ·U·H = I for n = %i', (n) => {
  const h = positiveDefinite(n);
  const l = cholesky(h, n, NAME);
  expectNear(product(l, transposed(l, n), n), h, 1e-10 * n);
  const u = inverseCholesky(h, n, NAME);
  expectNear(product(product(transposed(u, n), u, n), h, n), identity(n), 1e-10 * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < i; j++) expect([l[j * n + i], u[i * n + j]]).toEqual([0, 0]);
});

test('the asynchronous forms give the same numbers', async () => {
  const h = positiveDefinite(70);
  expect(await choleskyAsync(h, 70, { name: NAME })).toEqual(cholesky(h, 70, NAME));
  expect(await inverseCholeskyAsync(h, 70, { name: NAME })).toEqual(inverseCholesky(h, 70, NAME));
});

test('a factorisation can be aborted while it runs', async () => {
  const stop = new AbortController();
  const n = 1000;
  const pending = inverseCholeskyAsync(identity(n), n, { name: NAME, signal: stop.signal });
  setTimeout(() => stop.abort());
  await expect(pending).rejects.toBeInstanceOf(Cancelled);
});

test.each([
  ['two equal columns', [1, 1, 1, 1]],
  ['indefinite', [1, 2, 2, 1]],
  ['a zero column', [1, 0, 0, 0]],
  ['dependent but for float32 rounding', [1, 1, 1, 1 + 2 ** -24]],
  ['not a number', [1, NaN, NaN, 1]],
])('a matrix without an inverse is an error that names the tensor: %s', (_, values) => {
  for (const factor of [cholesky, inverseCholesky])
    try {
      factor(Float64Array.from(values), 2, NAME);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(LabError);
      expect(error).toMatchObject({ code: 'bad-input', remedy: expect.stringContaining('larger damping') });
      expect((error as LabError).message).toContain(NAME);
    }
});

test('damping is relative to the mean diagonal; dead columns get diagonal 1 and are not in the mean', () => {
  // Live diagonals 2 and 4: λ = 0.1 · 3.
  const h = dampedHessian([2, 1, 0, 1, 4, 0, 0, 0, 0], 3, 0.1, NAME);
  expectNear(h, Float64Array.of(2.3, 1, 0, 1, 4.3, 0, 0, 0, 1.3), 1e-12);
});

test('statistics that are all zero, or not finite, are errors that name the tensor', () => {
  expect(() => dampedHessian([0, 0, 0, 0], 2, 0.01, NAME)).toThrow(`inputs of ${NAME} are zero`);
  expect(() => dampedHessian([1, 0, NaN, 1], 2, 0.01, NAME)).toThrow(`${NAME} hold NaN at row 1, column 0`);
  expect(() => dampedHessian([1, 0, 0, Infinity], 2, 0.01, NAME)).toThrow('Infinity');
});
