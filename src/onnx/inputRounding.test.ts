import { expect, test } from 'vitest';
import { KeyedRandom } from '../base/random';
import type { InputRounding } from '../models/inputRounding';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { int8Row } from '../runtime/reference/int8';
import { OnnxGraph } from './graph';
import { declareRounding, emitInputRounding, roundingFeeds } from './inputRounding';
import { floatTensor, GraphSession } from './session';

const runtime = await nodeRuntime();

/** Rounds rows in a graph. */
async function rounded(x: Float32Array, columns: number, rounding: InputRounding): Promise<Float32Array> {
  const graph = new OnnxGraph('rounding');
  const layer = { weight: 'w', columns, label: 'weight 0' };
  declareRounding(graph, layer);
  graph.nodeTo('y', 'Identity', [
    emitInputRounding(graph, layer, graph.input('x', 'float32', ['rows', columns])),
  ]);
  graph.output('y', 'float32', ['rows', columns]);
  const session = await GraphSession.open(runtime, { bytes: graph.encode() });
  const feeds = roundingFeeds(runtime, [layer], new Map([['w', rounding]]));
  const { y } = await session.run({ ...feeds, x: floatTensor(runtime, x, [x.length / columns, columns]) });
  await session.release();
  return y.data as Float32Array;
}

/** Rows whose elements are ties, for many largest magnitudes. */
const TIES = Float32Array.from({ length: 64 * 256 }, (_, i) => {
  const largest = 1 + Math.floor(i / 256) / 64;
  return i % 256 === 0 ? -127 * largest : (((i % 256) - 0.5) * largest) / (i % 2 ? 1 : -2);
});

const ROWS: readonly [string, number, Float32Array][] = [
  ['ties', 256, TIES],
  ['float32 neighbours of a tie', 4, Float32Array.of(127, 0.5, 0.49999997, 0.50000006)],
  ['all zero', 33, new Float32Array(33)],
  ['the largest float32', 4, Float32Array.of(3.4028234663852886e38, -1e38, 1e36, 1)],
  ['just below and at the zero threshold', 1, Float32Array.of(2 ** -100, 2 ** -101)],
];

test.each(ROWS)('codes equal those of the definition: %s', async (_, columns, x) => {
  const actual = await rounded(x, columns, {});
  for (let row = 0; row < x.length / columns; row++) {
    const { codes, largest } = int8Row(x.subarray(row * columns, (row + 1) * columns));
    const step = Math.fround(largest / 127) || 1;
    const found = actual.subarray(row * columns, (row + 1) * columns);
    expect(Array.from(found, (value) => Math.round(value / step) + 0)).toEqual([...codes]);
  }
});

test('columns have factors, and outlier columns stay as they are and do not affect the others', async () => {
  const [columns, rows] = [12, 5];
  const random = new KeyedRandom(3);
  const x = Float32Array.from({ length: rows * columns }, () => random.nextNormal());
  for (let row = 0; row < rows; row++) x[row * columns + 7] = 1000;
  const factors = Float32Array.from({ length: columns }, () => 2 ** (4 * random.nextUniform() - 2));
  const actual = await rounded(x, columns, { factors, outliers: Uint32Array.of(7) });
  for (let row = 0; row < rows; row++) {
    const values = x.subarray(row * columns, (row + 1) * columns);
    const scaled = values.map((value, c) => (c === 7 ? 0 : value * factors[c]));
    const { codes, largest } = int8Row(scaled);
    values.forEach((value, c) => {
      const expected = c === 7 ? value : (codes[c] * largest) / 127 / factors[c];
      expect(Math.abs(actual[row * columns + c] - expected)).toBeLessThanOrEqual(
        2 ** -22 * Math.abs(expected),
      );
    });
  }
});

test.each([NaN, Infinity])('an activation of %s makes its own row not finite, and no other', async (bad) => {
  const x = Float32Array.of(1, bad, 2, 3, 4, 5);
  const actual = await rounded(x, 3, {});
  expect(actual.subarray(0, 3).some((value) => !Number.isFinite(value))).toBe(true);
  expect([...actual.subarray(3)].every(Number.isFinite)).toBe(true);
});
