import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { attend, dot } from '../../runtime/reference/math';
import { expectClose } from '../../testing/close';
import { attendBackward } from './attention';
import { centralDifferences } from './differences';
import { rowLoss } from './loss';

/** Steps of 1e-5: 1e-10 of curvature and 1e-11 of rounding, times the slopes of values of size 1 to 10. */
const DIFFERENCE = { abs: 1e-7, rel: 1e-7 };

const normal = (n: number, stream: number) => {
  const random = new KeyedRandom(13, stream);
  return Float64Array.from({ length: n }, () => 2 * random.nextNormal());
};

test('cross entropy: ln of the number of classes when all are equal; its slope', () => {
  expect(rowLoss([3, 3, 3, 3, 3], 1).nll).toBeCloseTo(Math.log(5), 14);
  const logits = normal(9, 1);
  expectClose(
    rowLoss(logits, 4).slope,
    centralDifferences((x) => rowLoss(x, 4).loss, logits),
    DIFFERENCE,
  );
});

test.each([
  [1, 1],
  [0.3, 1],
  [0.7, 2.5],
  [1, 0.5],
])(
  'distillation with share %f at temperature %f: slope, and no divergence from itself',
  (weight, temperature) => {
    const [logits, teacher] = [normal(9, 1), normal(9, 2)];
    const from = { weight, temperature, teacher };
    expectClose(
      rowLoss(logits, 4, from).slope,
      centralDifferences((x) => rowLoss(x, 4, from).loss, logits),
      DIFFERENCE,
    );
    expect(rowLoss(teacher, 4, from).kl).toBeCloseTo(0, 12);
    expect(rowLoss(logits, 4, from).kl).toBeGreaterThan(0.1);
  },
);

test('attention: slopes by query, keys and values', () => {
  const [width, count] = [5, 4];
  const [query, dOut, flatKeys, flatValues] = [width, width, width * count, width * count].map(normal);
  const rows = (flat: Float64Array) =>
    Array.from({ length: count }, (_, j) => flat.subarray(j * width, (j + 1) * width));
  const into = [width, width * count, width * count].map((n) => new Float64Array(n).fill(1));
  attendBackward(query, rows(flatKeys), rows(flatValues), 0.4, dOut, {
    ...{ dQuery: into[0], dKeys: rows(into[1]), dValues: rows(into[2]) },
  });
  const loss = (q: Float64Array, k: Float64Array, v: Float64Array) =>
    dot(dOut, attend(q, rows(k), rows(v), 0.4));
  const slopes = [
    centralDifferences((x) => loss(x, flatKeys, flatValues), query),
    centralDifferences((x) => loss(query, x, flatValues), flatKeys),
    centralDifferences((x) => loss(query, flatKeys, x), flatValues),
  ];
  slopes.forEach((slope, i) =>
    expectClose(
      into[i],
      slope.map((s) => s + 1),
      DIFFERENCE,
    ),
  );
});
