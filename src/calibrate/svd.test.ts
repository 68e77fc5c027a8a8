import { expect, test } from 'vitest';
import { KeyedRandom } from '../base/random';
import { jacobiSvd, orthonormalRows, truncatedSvd, type LinearOperator, type Svd } from './svd';

function normal(count: number, seed: number): Float64Array {
  const random = new KeyedRandom(seed, 0x5fd);
  return Float64Array.from({ length: count }, () => random.nextNormal());
}

function restored({ values, u, v, rank }: Svd, rows: number, columns: number): Float64Array {
  const a = new Float64Array(rows * columns);
  for (let k = 0; k < rank; k++)
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        a[i * columns + j] += values[k] * u[k * rows + i] * v[k * columns + j];
  return a;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}

/** The largest |⟨row i, row j⟩ − δ_ij|. */
function deviation(x: Float64Array, count: number, length: number): number {
  let largest = 0;
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) {
      let sum = i === j ? -1 : 0;
      for (let k = 0; k < length; k++) sum += x[i * length + k] * x[j * length + k];
      largest = Math.max(largest, Math.abs(sum));
    }
  return largest;
}

function operator(a: Float64Array, rows: number, columns: number): LinearOperator {
  const sum = (
    count: number,
    outer: number,
    inner: number,
    term: (c: number, o: number, i: number) => number,
  ) =>
    Promise.resolve(
      Float64Array.from({ length: count * outer }, (_, at) => {
        let total = 0;
        for (let i = 0; i < inner; i++) total += term(Math.floor(at / outer), at % outer, i);
        return total;
      }),
    );
  return {
    rows,
    columns,
    times: (x, count) => sum(count, rows, columns, (c, o, i) => x[c * columns + i] * a[o * columns + i]),
    timesTransposed: (y, count) =>
      sum(count, columns, rows, (c, o, i) => y[c * rows + i] * a[i * columns + o]),
  };
}

test('[[3, 0], [4, 5]] has the singular values √45 and √5', () => {
  const { values } = jacobiSvd([3, 0, 4, 5], 2, 2);
  expect(values[0]).toBeCloseTo(Math.sqrt(45), 12);
  expect(values[1]).toBeCloseTo(Math.sqrt(5), 12);
});

test('the Hilbert matrix of order 5: eigenvalues from the literature (Fettis and Caslin 1967)', () => {
  const hilbert = Float64Array.from({ length: 25 }, (_, i) => 1 / (Math.floor(i / 5) + (i % 5) + 1));
  const { values } = jacobiSvd(hilbert, 5, 5);
  const known = [1.5670506910982308, 0.20853421861101334, 0.011407491623419807, 3.0589804015119175e-4];
  known.forEach((value, i) => expect(Math.abs(values[i] / value - 1)).toBeLessThan(1e-11));
  expect(Math.abs(values[4] / 3.287928772171863e-6 - 1)).toBeLessThan(1e-9);
});

test.each([
  [7, 7],
  [20, 33],
  [40, 9],
  [1, 5],
])('A = UΣVᵀ with orthonormal rows, [%i, %i]', (rows, columns) => {
  const a = normal(rows * columns, 3);
  const svd = jacobiSvd(a, rows, columns);
  expect(svd.rank).toBe(Math.min(rows, columns));
  expect(largestDifference(restored(svd, rows, columns), a)).toBeLessThan(1e-12);
  expect(deviation(svd.u, svd.rank, rows)).toBeLessThan(1e-12);
  expect(deviation(svd.v, svd.rank, columns)).toBeLessThan(1e-12);
});

test('zero and rank-deficient matrices have zero singular values', () => {
  expect([...jacobiSvd(new Float64Array(12), 3, 4).values]).toEqual([0, 0, 0]);
  const { values } = jacobiSvd([1, 2, 2, 4], 2, 2);
  expect(values[0]).toBeCloseTo(5, 12);
  expect(values[1]).toBeLessThan(1e-14);
});

test('the truncated decomposition is as accurate as the exact one (Eckart and Young 1936)', async () => {
  const [rows, columns, rank] = [60, 90, 6];
  const a = normal(rows * columns, 4);
  const exact = jacobiSvd(a, rows, columns);
  const found = await truncatedSvd(operator(a, rows, columns), rank, new KeyedRandom(1));
  const energy = (values: Float64Array) => values.subarray(0, rank).reduce((sum, v) => sum + v * v, 0);
  // A flat spectrum is the difficult case: the best six directions are hardly better than others.
  expect(energy(found.values) / energy(exact.values)).toBeGreaterThan(0.97);
  expect(energy(found.values)).toBeLessThan(energy(exact.values) * (1 + 1e-12));
  expect(deviation(found.u, rank, rows)).toBeLessThan(1e-12);
});

test('a matrix of exactly that rank is reproduced', async () => {
  const [rows, columns, rank] = [50, 41, 4];
  const [l, r] = [normal(rows * rank, 5), normal(rank * columns, 6)];
  const a = Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < rank; k++)
      sum += l[Math.floor(at / columns) * rank + k] * r[k * columns + (at % columns)];
    return sum;
  });
  const svd = await truncatedSvd(operator(a, rows, columns), 7, new KeyedRandom(2));
  expect(largestDifference(restored(svd, rows, columns), a)).toBeLessThan(1e-11);
  expect(svd.values[4]).toBeLessThan(1e-11);
});

test('orthonormalised rows that depend on others are zero', () => {
  const x = orthonormalRows([3, 4, 6, 8, 0, 5], 3, 2);
  expect(x[0]).toBeCloseTo(0.6, 14);
  expect(Math.max(Math.abs(x[2]), Math.abs(x[3]))).toBe(0);
  expect(Math.abs(x[4])).toBeCloseTo(0.8, 14);
});
