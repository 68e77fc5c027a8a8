import { afterAll, expect, test } from 'vitest';
import type { OptionValue } from '../../../contract/meta';
import { expectClose } from '../../../../testing/close';
import { testGpu } from '../../../../testing/gpu';
import { spiked } from '../../../../testing/spiked';
import { encodeTensor } from '../../../contract/coding';
import { completeOptions } from '../../../contract/spec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import codec from './codec';
import meta from './meta';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** The error of a float32 sum of K products as a share of Σ|x·w|. */
const roundingBudget = (columns: number) => (columns / 2 + 8) * 2 ** -24;

const NAME = 'w';

async function stored(shape: readonly [number, number], given: Record<string, OptionValue>) {
  const options = completeOptions(meta, given);
  const values = gaussianWithOutliers(shape, 21);
  const parts = await encodeTensor(codec, { name: NAME, shape, values }, options, { gpu, seed: 1 });
  return { name: NAME, shape, options, parts };
}

test.each([
  [{ group: '32' }, [37, 100], 5],
  [{ group: 'row', rule: 'absmean' }, [64, 77], 1],
  [{ group: '256', rule: 'twn' }, [33, 300], 9],
] as const)(
  'the product from the codes equals that of the decoded matrix: %j %j',
  async (given, shape, rows) => {
    const [outputs, columns] = shape;
    const tensor = await stored(shape, given);
    const dense = codec.reference.decode(tensor.parts, shape, tensor.options);
    const weight = (await codec.linear!(tensor, { gpu, seed: 1 }))!;
    const xs = spiked(rows * columns, 1);
    const scope = gpu.buffers.scope();
    const recorder = gpu.recorder();
    const y = scope.allocate(4 * rows * outputs, 'y');
    await weight.record({
      gpu,
      recorder,
      x: { buffer: scope.upload(xs, 'x'), stride: columns, column: 0, width: columns },
      y: { buffer: y, stride: outputs, column: 0, width: outputs },
      rows,
    });
    await gpu.stream.run(recorder.commands);
    const actual = new Float32Array(await gpu.stream.read(y));
    recorder.dispose();
    scope.dispose();
    weight.dispose();
    const expected = new Float64Array(rows * outputs);
    let size = 0;
    expected.forEach((_, i) => {
      const [row, output] = [Math.floor(i / outputs), i % outputs];
      let magnitude = 0;
      for (let k = 0; k < columns; k++) {
        const term = xs[row * columns + k] * dense[output * columns + k];
        expected[i] += term;
        magnitude += Math.abs(term);
      }
      size = Math.max(size, magnitude);
    });
    expectClose(actual, expected, { abs: size * roundingBudget(columns) });
    expect(weight.bytes).toBeLessThan(0.2 * 4 * outputs * columns);
  },
);

test('base3 has no product from its codes', async () => {
  const tensor = await stored([4, 40], { packing: 'base3' });
  expect(await codec.linear!(tensor, { gpu, seed: 1 })).toBeUndefined();
});

test('damaged parts are refused by name', async () => {
  const tensor = await stored([4, 40], {});
  const parts = new Map(tensor.parts).set('codes', new Uint8Array(4));
  await expect(codec.linear!({ ...tensor, parts }, { gpu, seed: 1 })).rejects.toMatchObject({
    code: 'bad-file',
  });
});
