import { afterAll, describe, expect, test } from 'vitest';
import { syntheticInputs } from '../../../../calibrate/testing/inputs';
import type { LayerInputs } from '../../../../calibrate/inputs';
import { allocateMatrix } from '../../../../runtime/linear/matrix';
import type { OptionValue } from '../../../contract/meta';
import { encodeTensor } from '../../../contract/coding';
import { testGpu } from '../../../../testing/gpu';
import { completeOptions } from '../../../contract/spec';
import { gaussianWithOutliers } from '../../../conformance/cases';
import { decodeOnGpu, TENSOR } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import { checkPackedLinear } from '../../../conformance/linear';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import { expectFloatPathDense, productError } from './testing/products';
import meta from './meta';

/** Makes statistics with an outlier in every fifth column, beginning with the second. */
function everyFifth(gpu: Awaited<ReturnType<typeof testGpu>>, columns: number) {
  const maxAbs = Float32Array.from({ length: columns }, (_, c) => (c % 5 === 1 ? 6 : 5.5));
  const statistics = { columns, samples: 1, meanAbs: maxAbs, maxAbs };
  return {
    gpu: {
      ...statistics,
      gram: allocateMatrix(gpu, 1, 1, 'unused Gram matrix'),
    },
    host: { ...statistics, gram: [] },
  };
}

const rows = {
  groups: (_: unknown, [, columns]: readonly [number, number]) => ({ size: columns, flat: false }),
};

describe('with outlier columns', () =>
  describeCodec(codec, [{}], { ...rows, inputs: (gpu, [, columns]) => everyFifth(gpu, columns) }));
describe('without', () => describeCodec(codec, [{ threshold: 0, activations: 'float' }], rows));

const gpu = await testGpu();
const capped = await testGpu({ bindingCap: 8192 });
afterAll(() => expect(gpu.buffers.liveCount + capped.buffers.liveCount).toBe(0));

const OUTPUTS = 48;
const COLUMNS = 160;
const shape = [OUTPUTS, COLUMNS] as const;
const values = gaussianWithOutliers(shape, 8);

async function encoded(given: Record<string, OptionValue>, inputs?: LayerInputs, on = gpu) {
  const options = completeOptions(meta, given);
  const tensor = { name: TENSOR, shape, values };
  const parts = await encodeTensor(codec, tensor, options, { gpu: on, seed: 1, ...(inputs && { inputs }) });
  return { name: TENSOR, shape, options, parts };
}

test('rows split by the binding limit hold the same outliers', async () => {
  const inputs = everyFifth(gpu, COLUMNS);
  const [whole, split] = [await encoded({}, inputs.gpu), await encoded({}, inputs.gpu, capped)];
  gpu.buffers.release(inputs.gpu.gram.parts[0].buffer);
  expect(split.parts).toEqual(whole.parts);
  expect(await decodeOnGpu(capped, codec, split)).toEqual(await decodeOnGpu(gpu, codec, whole));
});

test('separate outlier columns lower the error of products with int8 activations', async () => {
  const inputs = syntheticInputs(gpu, COLUMNS, 64);
  const apart = await productError(gpu, codec, await encoded({}, inputs.gpu), values, inputs.x);
  const plain = await productError(gpu, codec, await encoded({ threshold: 0 }, inputs.gpu), values, inputs.x);
  inputs.dispose();
  expect(codec.quantisesActivations!(completeOptions(meta, {}))).toBe(true);
  expect(apart).toBeLessThan(0.5 * plain);
});

test('float activations multiply like the decoded matrix', async () => {
  const inputs = syntheticInputs(gpu, COLUMNS, 40);
  const stored = await encoded({ activations: 'float' }, inputs.gpu);
  expect(stored.parts.has('outliers')).toBe(true);
  await expectFloatPathDense(gpu, codec, stored, inputs.x);
  inputs.dispose();
  const options = completeOptions(meta, { activations: 'float' });
  expect(codec.quantisesActivations!(options)).toBe(false);
  await checkPackedLinear(gpu, codec, options, [33, 131], 1);
});

test('invalid outliers are refused', async () => {
  const inputs = everyFifth(gpu, COLUMNS);
  const stored = await encoded({}, inputs.gpu);
  gpu.buffers.release(inputs.gpu.gram.parts[0].buffer);
  const columns = partOf(stored.parts, 'columns');
  const outliers = partOf(stored.parts, 'outliers');
  const damage: [string, Uint8Array | undefined][] = [
    ['columns', columns.slice().reverse()],
    ['columns', columns.subarray(4)],
    ['columns', columns.map((byte) => byte ^ 0x80)],
    ['columns', undefined],
    ['outliers', outliers.subarray(2)],
    ['outliers', outliers.map(() => 0xff)],
    ['outliers', undefined],
    ['codes', partOf(stored.parts, 'codes').map(() => 0x80)],
  ];
  for (const [suffix, bytes] of damage) {
    const parts = new Map(stored.parts);
    if (bytes) parts.set(suffix, bytes);
    else parts.delete(suffix);
    const damaged = { ...stored, parts };
    await expect(decodeOnGpu(gpu, codec, damaged)).rejects.toMatchObject({ code: 'bad-file' });
    await expect(codec.linear!(damaged, { gpu, seed: 1 })).rejects.toMatchObject({ code: 'bad-file' });
  }
});

test('an outlier beyond float16 is refused by name', async () => {
  const inputs = everyFifth(gpu, 6);
  const tensor = { name: TENSOR, shape: [1, 6] as const, values: Float32Array.of(1, 70000, 1, 1, 1, 1) };
  const context = { gpu, seed: 1, inputs: inputs.gpu };
  await expect(encodeTensor(codec, tensor, completeOptions(meta, {}), context)).rejects.toThrow(
    `${TENSOR} holds a weight beyond float16 (65,504) in column 1`,
  );
  gpu.buffers.release(inputs.gpu.gram.parts[0].buffer);
});
