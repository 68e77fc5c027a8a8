import { afterAll, describe, expect, test } from 'vitest';
import { syntheticInputs, type SyntheticInputs } from '../../../../calibrate/testing/inputs';
import type { Gpu } from '../../../../gpu/gpu';
import { testGpu } from '../../../../testing/gpu';
import type { MatrixShape, TensorGroup } from '../../../contract/codec';
import { encodeGroup, encodeTensor } from '../../../contract/coding';
import type { OptionValue } from '../../../contract/meta';
import type { Parts } from '../../../contract/parts';
import {
  exactProduct,
  expectFloatPathDense,
  linearProduct,
  productError,
} from '../llm-int8/testing/products';
import { bytesOf16 } from '../../../kit/storedFloats';
import { completeOptions } from '../../../contract/spec';
import { edgeCases, gaussianWithOutliers } from '../../../conformance/cases';
import {
  decodeOnGpu,
  expectLayout,
  expectSameParts,
  expectSameValues,
  TENSOR,
} from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import { checkPackedLinear } from '../../../conformance/linear';
import codec from './codec';
import meta from './meta';
import { columnMaxima, roundRowsToInt8, smoothed } from './reference';
import { smoothingScale } from './scale';

describeCodec(codec, [{}], { groups: (_, [, columns]) => ({ size: columns, flat: false }) });

const gpu = await testGpu();
const capped = await testGpu({ bindingCap: 8192 });
afterAll(() => expect(gpu.buffers.liveCount + capped.buffers.liveCount).toBe(0));

const COLUMNS = 160;
const shape = [48, COLUMNS] as const;
const values = gaussianWithOutliers(shape, 8);

/** Runs a test with activations some of whose columns are large. */
async function withInputs(columns: number, work: (inputs: SyntheticInputs) => Promise<void>): Promise<void> {
  const inputs = syntheticInputs(gpu, columns, 24);
  try {
    await work(inputs);
  } finally {
    inputs.dispose();
  }
}

async function encoded(given: Record<string, OptionValue>, inputs?: SyntheticInputs, on: Gpu = gpu) {
  const options = completeOptions(meta, given);
  const context = { gpu: on, seed: 1, ...(inputs && { inputs: inputs.gpu }) };
  const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, options, context);
  return { name: TENSOR, shape, options, parts };
}

/** Returns codes and scales of the reference without an input scale, by part names. */
const roundedParts = (values: Float32Array, shape: MatrixShape): Parts =>
  new Map(Object.entries(roundRowsToInt8(values, shape)));

describe('with calibration, bytes and decoded weights are those of the reference', () => {
  for (const { name, shape: size, values: weights } of edgeCases())
    test(name, () =>
      withInputs(size[1], async ({ gpu: inputs, host }) => {
        const options = completeOptions(meta, { alpha: 0.6 });
        const tensor = { name: TENSOR, shape: size, values: weights };
        const parts = await encodeTensor(codec, tensor, options, { gpu, seed: 1, inputs });
        expectLayout(codec, options, size, parts);
        expectSameParts(parts, codec.reference.encode(weights, size, options, host));
        const decoded = await decodeOnGpu(gpu, codec, { name: TENSOR, shape: size, options, parts });
        expectSameValues(decoded, codec.reference.decode(parts, size, options), 0);
      }),
    );
});

test('rows split by the binding limit hold the same bytes', () =>
  withInputs(COLUMNS, async (inputs) => {
    const [whole, split] = [await encoded({}, inputs), await encoded({}, inputs, capped)];
    expectSameParts(split.parts, whole.parts);
    expect(await decodeOnGpu(capped, codec, split)).toEqual(await decodeOnGpu(gpu, codec, whole));
  }));

test('smoothing lowers the error of int8 products clearly', () =>
  withInputs(COLUMNS, async (inputs) => {
    const smooth = await productError(gpu, codec, await encoded({}, inputs), values, inputs.x);
    const plain = await productError(gpu, codec, await encoded({}), values, inputs.x);
    expect(codec.quantisesActivations!(completeOptions(meta, {}))).toBe(true);
    expect(smooth).toBeLessThan(0.6 * plain);
  }));

test('float activations multiply like the decoded matrix', () =>
  withInputs(COLUMNS, async (inputs) => {
    const stored = await encoded({ activations: 'float' }, inputs);
    expect(stored.parts.has('inputScale')).toBe(true);
    await expectFloatPathDense(gpu, codec, stored, inputs.x);
    expect(codec.quantisesActivations!(stored.options)).toBe(false);
    await checkPackedLinear(gpu, codec, stored.options, [33, 131], 1);
  }));

/** Makes two matrices that read a norm. */
function groupOf(): TensorGroup & { norm: object } {
  const norm = (name: string, seed: number) => ({
    name,
    shape: [1, COLUMNS] as const,
    values: gaussianWithOutliers([1, COLUMNS], seed).map((v) => 1 + v),
  });
  return {
    tensors: [
      { name: 'query', shape, values },
      { name: 'key', shape: [16, COLUMNS], values: gaussianWithOutliers([16, COLUMNS], 12) },
    ],
    norm: { weight: norm('norm.weight', 3), bias: norm('norm.bias', 4) },
  };
}

describe('a group after a norm', () => {
  const context = (inputs: SyntheticInputs) => ({ gpu, seed: 1, inputs: inputs.gpu });
  const options = completeOptions(meta, {});

  test('shares one scale, which is folded into the norm', () =>
    withInputs(COLUMNS, async (inputs) => {
      const group = groupOf();
      const result = await encodeGroup(codec, group, options, context(inputs));
      const maxima = group.tensors.map((t) => columnMaxima(t.values, COLUMNS));
      const joint = maxima[0].map((w, c) => Math.max(w, maxima[1][c]));
      const scale = smoothingScale('query', inputs.host.maxAbs, joint, 0.5);
      expect(result.columnScale).toEqual(scale);
      for (const tensor of group.tensors)
        expectSameParts(
          result.parts.get(tensor.name)!,
          roundedParts(smoothed(tensor.values, scale), tensor.shape),
        );
      expect([...result.replaced!.keys()]).toEqual(['norm.weight', 'norm.bias']);
    }));

  test('computes the same function: (norm ÷ s) times W·diag(s) equals the norm times W', () =>
    withInputs(COLUMNS, async (inputs) => {
      const group = groupOf();
      const { replaced, columnScale } = await encodeGroup(codec, group, options, context(inputs));
      const { weight, bias } = group.norm;
      const rows = inputs.x.subarray(0, 4 * COLUMNS);
      const after = (gain: Float32Array, shift: Float32Array) =>
        rows.map((x, i) => x * gain[i % COLUMNS] + shift[i % COLUMNS]);
      const before = exactProduct(after(weight.values, bias!.values), values, COLUMNS);
      const folded = after(replaced!.get('norm.weight')!, replaced!.get('norm.bias')!);
      const product = exactProduct(folded, smoothed(values, columnScale!), COLUMNS);
      const largest = Math.max(...before.map(Math.abs));
      product.forEach((y, i) => expect(Math.abs(y - before[i])).toBeLessThan(1e-6 * largest));
    }));

  test('multiplies as with a stored scale', () =>
    withInputs(COLUMNS, async (inputs) => {
      const group = { tensors: [{ name: TENSOR, shape, values }], norm: groupOf().norm } as TensorGroup;
      const { parts, columnScale } = await encodeGroup(codec, group, options, context(inputs));
      const folded = { name: TENSOR, shape, options, parts: parts.get(TENSOR)! };
      const inverse = columnScale!.map((s) => 1 / s);
      const divided = inputs.x.map((x, i) => x * inverse[i % COLUMNS]);
      expect(folded.parts.has('inputScale')).toBe(false);
      const stored = await linearProduct(gpu, codec, await encoded({}, inputs), inputs.x);
      expect(await linearProduct(gpu, codec, folded, divided)).toEqual(stored);
    }));

  test.each([
    ['fold=false', { fold: false }, true],
    ['no norm', {}, false],
  ])('has a scale for each tensor with %s', (_, given, norm) =>
    withInputs(COLUMNS, async (inputs) => {
      const group = norm ? groupOf() : { tensors: groupOf().tensors };
      const all = completeOptions(meta, given);
      const result = await encodeGroup(codec, group, all, context(inputs));
      for (const { name, shape: size, values: weights } of group.tensors)
        expectSameParts(result.parts.get(name)!, codec.reference.encode(weights, size, all, inputs.host));
      expect([result.replaced, result.columnScale]).toEqual([undefined, undefined]);
    }),
  );

  test('is not scaled without calibration', async () => {
    const result = await encodeGroup(codec, groupOf(), options, { gpu, seed: 1 });
    expectSameParts(result.parts.get('query')!, roundedParts(values, shape));
    expect(result.replaced).toBeUndefined();
  });
});

test('invalid input scales are refused', () =>
  withInputs(COLUMNS, async (inputs) => {
    const stored = await encoded({}, inputs);
    // Zero, a negative number, infinity, NaN.
    for (const half of [0x0000, 0xbc00, 0x7c00, 0xffff]) {
      const inputScale = bytesOf16(new Uint16Array(COLUMNS).fill(half));
      const damaged = { ...stored, parts: new Map(stored.parts).set('inputScale', inputScale) };
      await expect(decodeOnGpu(gpu, codec, damaged)).rejects.toMatchObject({ code: 'bad-file' });
      await expect(codec.linear!(damaged, { gpu, seed: 1 })).rejects.toMatchObject({ code: 'bad-file' });
    }
  }));
