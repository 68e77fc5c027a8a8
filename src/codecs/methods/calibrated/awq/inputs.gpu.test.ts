import { afterAll, expect, test } from 'vitest';
import { Cancelled } from '../../../../base/errors';
import { floatsToHalves } from '../../../../base/float16';
import { statistics, syntheticInputs, type SyntheticInputs } from '../../../../calibrate/testing/inputs';
import type { Gpu } from '../../../../gpu/gpu';
import { releaseMatrix, uploadMatrix } from '../../../../runtime/linear/matrix';
import { testGpu } from '../../../../testing/gpu';
import type { MatrixShape } from '../../../contract/codec';
import { encodeGroup, encodeTensor } from '../../../contract/coding';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions, OptionValue } from '../../../contract/meta';
import { bytesOf16 } from '../../../kit/storedFloats';
import rtn from '../../integer/rtn/codec';
import rtnMeta from '../../integer/rtn/meta';
import { completeOptions } from '../../../contract/spec';
import { edgeCases, gaussianWithOutliers } from '../../../conformance/cases';
import {
  decodeOnGpu,
  expectLayout,
  expectNearValues,
  expectSameParts,
  TENSOR,
} from '../../../conformance/checks';
import { checkPackedLinear } from '../../../conformance/linear';
import codec from './codec';
import meta from './meta';
import { awqLayout } from './layout';
import { encodeScaled, outputError, scaled, searchExponent } from './reference';

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

const { reference } = codec;
const requantise = reference.requantise!;
const options = (given: Record<string, OptionValue>) => completeOptions(meta, given);

/** Computes the output error tr(E G Eᵀ) of the decoded parts. */
function errorOf(
  parts: Parts,
  values: Float32Array,
  shape: MatrixShape,
  all: CodecOptions,
  { host }: SyntheticInputs,
) {
  const decoded = reference.decode(parts, shape, all);
  return outputError(
    decoded.map((w, i) => w - values[i]),
    shape[1],
    host,
  );
}

/** Checks that codes from the GPU are exact for the stored scales and that the output error does not exceed the reference's. */
async function checkSearch(device: Gpu, values: Float32Array, shape: MatrixShape, all: CodecOptions) {
  const inputs = syntheticInputs(device, shape[1]);
  try {
    const tensor = { name: TENSOR, shape, values };
    const parts = await encodeTensor(codec, tensor, all, { gpu: device, seed: 1, inputs: inputs.gpu });
    expectLayout(codec, all, shape, parts);
    expectSameParts(parts, requantise(values, shape, all, parts));
    const stored = { name: TENSOR, shape, options: all, parts };
    const decoded = await decodeOnGpu(device, codec, stored);
    expectNearValues(decoded, reference.decode(parts, shape, all), codec.decodeTolerance!);
    const expected = reference.encode(values, shape, all, inputs.host);
    const error = (p: Parts) => errorOf(p, values, shape, all, inputs);
    expect(error(parts)).toBeLessThanOrEqual(1.001 * error(expected));
    return { parts, expected };
  } finally {
    inputs.dispose();
  }
}

test.each<[MatrixShape, Record<string, OptionValue>]>([
  [[24, 64], { bits: 4, group: '32' }],
  [[33, 131], { bits: 3, group: '64', scheme: 'symmetric' }],
  [[70, 40], { bits: 2, group: 'row', grid: 5 }],
  [[16, 128], { bits: 8, group: '16', clip: false }],
])('exponent and clip are those of the reference: %j %j', async (shape, given) => {
  const values = gaussianWithOutliers(shape, 21);
  const { parts, expected } = await checkSearch(gpu, values, shape, options(given));
  expect(parts.get('inputScale')).toEqual(expected.get('inputScale'));
});

test('a Gram matrix and weights in several parts give the same result', async () => {
  const small = await testGpu({ bindingCap: 2 ** 15 });
  await checkSearch(
    small,
    gaussianWithOutliers([40, 150], 22),
    [40, 150],
    options({ group: 'row', grid: 4 }),
  );
  expect(small.buffers.liveCount).toBe(0);
});

const narrow = edgeCases().filter(({ shape }) => shape[1] <= 200);

test.each(narrow)('with inputs: $name', async ({ shape, values }) => {
  await checkSearch(gpu, values, shape, options({ bits: 4, group: '32', grid: 4 }));
});

test('columns that are never active decode to finite weights', async () => {
  const shape = [20, 48] as const;
  const inputs = deadColumns(48);
  const values = gaussianWithOutliers(shape, 23);
  const all = options({ bits: 3, group: '16' });
  const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, all, {
    gpu,
    seed: 1,
    inputs: inputs.gpu,
  });
  expectSameParts(parts, requantise(values, shape, all, parts));
  const decoded = await decodeOnGpu(gpu, codec, { name: TENSOR, shape, options: all, parts });
  expect(decoded.every(Number.isFinite)).toBe(true);
  inputs.dispose();
});

/** Makes inputs whose every fifth column is zero. */
function deadColumns(columns: number) {
  const source = syntheticInputs(gpu, columns);
  const x = source.x.map((value, i) => ((i % columns) % 5 === 0 ? 0 : value));
  source.dispose();
  const samples = x.length / columns;
  const host = statistics(x, columns, samples);
  const gram = uploadMatrix(gpu, Float32Array.from(host.gram), columns, columns, 'gram');
  const [meanAbs, maxAbs] = [Float32Array.from(host.meanAbs), Float32Array.from(host.maxAbs)];
  return {
    gpu: { columns, samples, gram, meanAbs, maxAbs },
    dispose: () => releaseMatrix(gpu.buffers, gram),
  };
}

test('activations that are all zero are refused by name', async () => {
  const inputs = syntheticInputs(gpu, 32);
  const dead = { ...inputs.gpu, meanAbs: new Float32Array(32) };
  const tensor = { name: TENSOR, shape: [2, 32] as const, values: gaussianWithOutliers([2, 32], 1) };
  const failure = encodeTensor(codec, tensor, options({}), { gpu, seed: 1, inputs: dead });
  await expect(failure).rejects.toThrow(TENSOR);
  await expect(failure).rejects.toMatchObject({ code: 'bad-input' });
  inputs.dispose();
});

test('Stop ends the searches and frees their buffers', async () => {
  const inputs = syntheticInputs(gpu, 64);
  const live = gpu.buffers.liveCount;
  const tensor = { name: TENSOR, shape: [32, 64] as const, values: gaussianWithOutliers([32, 64], 25) };
  for (const looks of [1, 3, 8, 20]) {
    const signal = stopAfter(looks);
    const encoding = encodeTensor(codec, tensor, options({}), { gpu, seed: 1, inputs: inputs.gpu, signal });
    await expect(encoding).rejects.toBeInstanceOf(Cancelled);
    expect(gpu.buffers.liveCount).toBe(live);
  }
  inputs.dispose();
});

/** Makes a signal that counts as aborted after `looks` reads of its state. */
function stopAfter(looks: number): AbortSignal {
  const { signal } = new AbortController();
  let seen = 0;
  return Object.defineProperty(signal, 'aborted', { get: () => seen++ >= looks });
}

test.each([3, 4])(
  'beside large activations the output error is below that of clipped rounding: %i bits',
  async (bits) => {
    const shape = [48, 128] as const;
    const values = gaussianWithOutliers(shape, 24);
    const inputs = syntheticInputs(gpu, 128);
    const all = options({ bits, group: '64' });
    const tensor = { name: TENSOR, shape, values };
    const parts = await encodeTensor(codec, tensor, all, { gpu, seed: 1, inputs: inputs.gpu });
    const plainOptions = completeOptions(rtnMeta, { bits, group: '64', scheme: 'asymmetric', clip: true });
    const plain = await encodeTensor(rtn, tensor, plainOptions, { gpu, seed: 1 });
    expect(parts.has('inputScale')).toBe(true);
    const ratio = errorOf(parts, values, shape, all, inputs) / errorOf(plain, values, shape, all, inputs);
    expect(ratio).toBeLessThan(0.6);
    inputs.dispose();
  },
);

test('after a norm, all readers share one scale, the norm is divided by it, and products stay the same', async () => {
  const columns = 64;
  const inputs = syntheticInputs(gpu, columns);
  const tensor = (name: string, rows: number, seed: number) => {
    const shape = [rows, columns] as const;
    return { name, shape, values: gaussianWithOutliers(shape, seed) };
  };
  const tensors = [tensor('q', 24, 31), tensor('k', 33, 32)];
  const vector = (name: string, seed: number) => tensor(name, 1, seed);
  const norm = { weight: vector('ln.weight', 33), bias: vector('ln.bias', 34) };
  const all = options({ bits: 4, group: '32' });
  const context = { gpu, seed: 1, inputs: inputs.gpu };
  const { parts, replaced, columnScale } = await encodeGroup(codec, { tensors, norm }, all, context);
  // Statistics as the GPU side gets them: float32.
  const host = { ...inputs.host, meanAbs: inputs.gpu.meanAbs };
  const matrices = tensors.map(({ name, shape, values }) => ({
    name,
    shape,
    values,
    layout: awqLayout(shape, all),
  }));
  const { alpha, s } = searchExponent(matrices, host, false);
  expect(alpha).toBeGreaterThan(0);
  expect(columnScale).toEqual(s);
  for (const each of matrices) {
    const own = parts.get(each.name)!;
    expect(own.has('inputScale')).toBe(false);
    expectSameParts(own, requantise(scaled(each, s), each.shape, all, own));
    const expected = new Map(Object.entries(encodeScaled(each, s, host)));
    expect(foldedError(own, each, s, all, inputs)).toBeLessThan(
      1.001 * foldedError(expected, each, s, all, inputs),
    );
  }
  for (const { name, values } of [norm.weight, norm.bias])
    values.forEach((value, c) => {
      const folded = replaced!.get(name)![c];
      expect(folded).toBe(Math.fround(value / s[c]));
      // (norm ÷ s) · (W·s) = norm · W up to three roundings of float32.
      const w = tensors[0].values[c];
      const product = folded * Math.fround(w * s[c]);
      expect(Math.abs(product - value * w)).toBeLessThanOrEqual(Math.abs(value * w) * 2 ** -22);
    });
  inputs.dispose();
});

/** Computes the output error of a folded tensor in units of the unscaled W. */
function foldedError(
  parts: Parts,
  each: { values: Float32Array; shape: MatrixShape },
  s: Float32Array,
  all: CodecOptions,
  { host }: SyntheticInputs,
): number {
  const decoded = reference.decode(parts, each.shape, all);
  const columns = each.shape[1];
  const error = Float64Array.from(decoded, (w, i) => w / s[i % columns] - each.values[i]);
  return outputError(error, columns, host);
}

test('without a norm, or with fold off, each tensor has its own scale', async () => {
  const shape = [16, 32] as const;
  const inputs = syntheticInputs(gpu, 32);
  const tensors = [1, 2].map((seed) => ({
    name: `w${seed}`,
    shape,
    values: gaussianWithOutliers(shape, seed),
  }));
  const norm = { weight: { name: 'ln', shape: [1, 32] as const, values: new Float32Array(32).fill(1) } };
  const context = { gpu, seed: 1, inputs: inputs.gpu };
  const grid = { grid: 4, group: '16' };
  const results = [
    await encodeGroup(codec, { tensors }, options(grid), context),
    await encodeGroup(codec, { tensors, norm }, options({ ...grid, fold: 'false' }), context),
  ];
  for (const { parts, replaced, columnScale } of results) {
    expect(replaced).toBeUndefined();
    expect(columnScale).toBeUndefined();
    for (const { name, values } of tensors) expectSameParts(parts.get(name)!, await own(name, values));
  }
  inputs.dispose();

  function own(name: string, values: Float32Array) {
    return encodeTensor(codec, { name, shape, values }, options(grid), context);
  }
});

test('with fold=only a tensor without a norm has no scale of its own, and can be exported', async () => {
  const shape = [16, 32] as const;
  const inputs = syntheticInputs(gpu, 32);
  const tensor = { name: TENSOR, shape, values: gaussianWithOutliers(shape, 1) };
  for (const fold of ['only', 'true']) {
    const all = options({ grid: 4, group: '16', fold });
    const { parts } = await encodeGroup(codec, { tensors: [tensor] }, all, {
      gpu,
      seed: 1,
      inputs: inputs.gpu,
    });
    const stored = { name: TENSOR, shape, options: all, parts: parts.get(TENSOR)! };
    expect(stored.parts.has('inputScale')).toBe(fold === 'true');
    expect(typeof codec.packable!(stored)).toBe(fold === 'true' ? 'string' : 'object');
  }
  inputs.dispose();
});

test.each([
  ['zero', 0],
  ['negative', -1],
  ['infinite', Infinity],
])('a stored scale that is %s is refused', async (_, bad) => {
  const shape = [2, 32] as const;
  const all = options({});
  const parts = reference.encode(gaussianWithOutliers(shape, 1), shape, all);
  const scale = Float32Array.from({ length: 32 }, (_, i) => (i === 7 ? bad : 1));
  const altered = new Map(parts).set('inputScale', bytesOf16(floatsToHalves(scale)));
  const failure = decodeOnGpu(gpu, codec, { name: TENSOR, shape, options: all, parts: altered });
  await expect(failure).rejects.toThrow(`${TENSOR} is damaged: the scale of column 7`);
});

test('multiplies by packed codes if no scale is stored', async () => {
  const all = options({ bits: 4, group: '64' });
  await checkPackedLinear(gpu, codec, all, [33, 131], 5);
  const shape = [33, 131] as const;
  const plain = reference.encode(gaussianWithOutliers(shape, 1), shape, all);
  const parts = new Map(plain).set('inputScale', new Uint8Array(262));
  const stored = { name: TENSOR, shape, options: all, parts };
  expect(await codec.linear!(stored, { gpu, seed: 1 })).toBeUndefined();
});
