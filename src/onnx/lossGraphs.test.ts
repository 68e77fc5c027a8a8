import { expect, test } from 'vitest';
import { nodeRuntime } from '../platform/node/onnxRuntime';
import { OnnxGraph } from './graph';
import { emitArgMax } from './lossGraphs';
import { floatTensor, GraphSession } from './session';

const runtime = await nodeRuntime();

async function argMax(rows: readonly number[][], columns: number): Promise<number[]> {
  const graph = new OnnxGraph('arg-max');
  graph.input('x', 'float32', ['rows', columns]);
  graph.nodeTo('top', 'Identity', [emitArgMax(graph, 'x', columns)]);
  graph.output('top', 'int64', ['rows', 1]);
  const session = await GraphSession.open(runtime, { bytes: graph.encode() });
  const { top } = await session.run({
    x: floatTensor(runtime, Float32Array.from(rows.flat()), [rows.length, columns]),
  });
  await session.release();
  return Array.from(top.data as BigInt64Array, Number);
}

// The runs have 1 column (1, 2 and the prime 31), 3, 4, and 16.
test.each([1, 2, 31, 12, 16, 512])(
  'the first of equal maxima of %i columns, wherever they are',
  async (columns) => {
    const last = columns - 1;
    const pairs = Array.from({ length: columns }, (_, first) =>
      [first, first + 1, Math.min(first + 7, last), last].filter((column) => column < columns),
    );
    const rows = pairs.map((places) =>
      Array.from({ length: columns }, (_, c) => (places.includes(c) ? -1 : -2 - (c % 3))),
    );
    expect(await argMax(rows, columns)).toEqual(pairs.map(([first]) => first));
  },
);

test('a row of NaN gets a place in the row, and does not disturb the others', async () => {
  const columns = 12;
  const row = (largest: number) => Array.from({ length: columns }, (_, c) => (c === largest ? 1 : 0));
  const [before, of, after] = await argMax([row(5), Array<number>(columns).fill(NaN), row(11)], columns);
  expect([before, after]).toEqual([5, 11]);
  expect(of).toBeGreaterThanOrEqual(0);
  expect(of).toBeLessThan(columns);
});
