import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { attend, dot } from '../../runtime/reference/math';
import { expectClose } from '../../testing/close';
import { attendBackward } from './attention';
import { centralDifferences } from './differences';
import { rowLoss } from './loss';

/** Tolerance of differences with steps of 1e-5: 1e-10 from curvature and 1e-11 from rounding, times derivatives of 1 to 10. */
const DIFFERENCE = { abs: 1e-7, rel: 1e-7 };

const normal = (n: number, stream: number) => {
  const random = new KeyedRandom(13, stream);
  return Float64Array.from({ length: n }, () => 2 * random.nextNormal());
};

test('cross entropy is ln of the number of classes when all logits are equal; its gradient', () => {
  expect(rowLoss([3, 3, 3, 3, 3], 1).nll).toBeCloseTo(Math.log(5), 14);
  const logits = normal(9, 1);
  expectClose(
    rowLoss(logits, 4).gradient,
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
  'distillation with weight %f at temperature %f: gradient, and no divergence from itself',
  (weight, temperature) => {
    const [logits, teacher] = [normal(9, 1), normal(9, 2)];
    const from = { weight, temperature, teacher };
    expectClose(
      rowLoss(logits, 4, from).gradient,
      centralDifferences((x) => rowLoss(x, 4, from).loss, logits),
      DIFFERENCE,
    );
    expect(rowLoss(teacher, 4, from).kl).toBeCloseTo(0, 12);
    expect(rowLoss(logits, 4, from).kl).toBeGreaterThan(0.1);
  },
);

test('attention: gradients with respect to query, keys and values', () => {
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
  const gradients = [
    centralDifferences((x) => loss(x, flatKeys, flatValues), query),
    centralDifferences((x) => loss(query, x, flatValues), flatKeys),
    centralDifferences((x) => loss(query, flatKeys, x), flatValues),
  ];
  gradients.forEach((gradient, i) =>
    expectClose(
      into[i],
      gradient.map((d) => d + 1),
      DIFFERENCE,
    ),
  );
});
