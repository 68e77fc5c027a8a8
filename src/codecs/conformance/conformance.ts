import { afterAll, describe, expect, test } from 'vitest';
import { Cancelled, LabError } from '../../base/errors';
import type { LayerInputs, ReferenceInputs } from '../../calibrate/inputs';
import type { Gpu } from '../../gpu/gpu';
import { testGpu } from '../../testing/gpu';
import type { Codec, MatrixShape, CodedTensor } from '../contract/codec';
import { encodeTensor } from '../contract/coding';
import { partBytes } from '../contract/parts';
import type { Parts } from '../contract/parts';
import type { CodecOptions, OptionValue } from '../contract/meta';
import { releaseMatrix } from '../../runtime/linear/matrix';
import { completeOptions } from '../contract/spec';
import {
  edgeCases,
  gaussianWithOutliers,
  splitCase,
  withColumnsMultiple,
  type ConformanceCase,
} from './cases';
import {
  decodeOnGpu,
  expectLayout,
  expectNearValues,
  expectSameParts,
  expectSameValues,
  expectWithinBound,
  TENSOR,
} from './checks';

/** Binding limit under which `splitCase` needs several buffers: far below that of any device, so that a small matrix is split, too. */
const SPLIT_BINDING_BYTES = 2 ** 17;

/**
 * How far a codec may deviate from its reference. By default not at all: parts and decoded values are equal, and the error bound is that
 * of the tensor's maximum.
 */
export interface Conformance {
  /** The elements that share a scale, along each row or over flattened W. The error bound is then checked for each group's maximum. */
  groups?: (options: CodecOptions, shape: MatrixShape) => { size: number; flat: boolean };
  /** The largest difference between values decoded on the GPU and by the reference, in units in the last place. */
  decodeUlps?: number;
  /** The tolerance of options whose `equalCodes` is false. Their codes are exact given the stored scales, or their error is limited. */
  search?: ScaleSearch;
  /** Lengthens the rows of all cases to a multiple of this, for codecs that code other rows in another way. */
  columnsMultiple?: number;
  /** Makes calibration statistics for a case. If absent, the Gram matrix is the identity. */
  inputs?: (gpu: Gpu, shape: MatrixShape) => { gpu: LayerInputs; host: ReferenceInputs };
}

interface ScaleSearch {
  /** The largest relative excess of the squared error over the reference's. */
  errorBudget: number;
  /** The squared error, as a share of ‖W‖², up to which the budget is not checked. If absent, it is 0. */
  errorFloor?: number;
}

/**
 * Registers the tests that every codec passes. Each codec calls it in `<id>.gpu.test.ts`.
 * @param optionSets options to test, completed by the defaults; together they should cover each branch of the kernels
 */
export function describeCodec(
  codec: Codec,
  optionSets: readonly Readonly<Record<string, OptionValue>>[],
  conformance: Conformance = {},
): void {
  const sets = optionSets.map((given) => completeOptions(codec.meta, given));
  describe(codec.meta.id, async () => {
    const gpu = await testGpu();
    afterAll(() => expect(gpu.buffers.liveCount).toBe(0));
    for (const options of sets)
      describe(JSON.stringify(options), () => {
        for (const input of edgeCases())
          test(input.name, () =>
            checkCase(gpu, codec, options, acceptedCase(codec, input, conformance), conformance),
          );
        test('damaged bytes are refused or decode like the reference', () =>
          checkDamage(gpu, codec, options, conformance));
      });
    const options = sets[0];
    test('NaN and infinity are refused by name', () => checkNonFinite(gpu, codec, options));
    if (codec.meta.columnsMultiple)
      test('rows that are not a multiple of its blocks are refused by name', () =>
        checkColumns(gpu, codec, options));
    test('weights beyond every scale are refused by name or stored', () =>
      checkHuge(gpu, codec, options, conformance));
    test('Stop ends encode and decode and frees their buffers', () => checkStop(codec, options, conformance));
    for (const each of sets)
      test(`a binding limit of 128 KiB changes no byte: ${JSON.stringify(each)}`, () =>
        checkSplit(gpu, codec, each, conformance));
  });
}

/** Brings a case into a shape that the codec accepts. */
function acceptedCase(codec: Codec, input: ConformanceCase, conformance: Conformance): ConformanceCase {
  const multiple = multipleOf(codec, conformance);
  return multiple === undefined ? input : withColumnsMultiple(multiple, input);
}

function multipleOf({ meta }: Codec, conformance: Conformance): number | undefined {
  return meta.columnsMultiple ?? conformance.columnsMultiple;
}

async function checkColumns(gpu: Gpu, codec: Codec, options: CodecOptions): Promise<void> {
  const multiple = codec.meta.columnsMultiple!;
  for (const columns of [1, multiple - 1, multiple + 1]) {
    const shape: MatrixShape = [2, columns];
    const values = new Float32Array(2 * columns).fill(0.5);
    const encoding = encodeTensor(codec, { name: TENSOR, shape, values }, options, { gpu, seed: 1 });
    await expect(encoding).rejects.toThrow(`${TENSOR} has rows of ${columns} weights`);
    await expect(encoding).rejects.toMatchObject({ code: 'bad-input' });
    expect(() => codec.reference.encode(values, shape, options)).toThrow(LabError);
    expect(() => codec.layout(shape, options)).toThrow(LabError);
  }
}

async function checkCase(
  gpu: Gpu,
  codec: Codec,
  options: CodecOptions,
  input: ConformanceCase,
  conformance: Conformance,
): Promise<void> {
  const { shape, values } = input;
  const inputs = conformance.inputs?.(gpu, shape);
  const context = { gpu, seed: 1, ...(inputs && { inputs: inputs.gpu }) };
  const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, options, context).finally(
    () => inputs && releaseMatrix(gpu.buffers, inputs.gpu.gram),
  );
  expectLayout(codec, options, shape, parts);
  checkEncoded(codec, options, input, parts, conformance, inputs?.host);
  // A copy, since decoding must not depend on anything that the encoder still holds.
  const stored = { name: TENSOR, shape, options, parts: copyParts(parts) };
  const decoded = await decodeOnGpu(gpu, codec, stored);
  expectDecoded(codec, decoded, codec.reference.decode(parts, shape, options), conformance);
  const groups = conformance.groups?.(options, shape) ?? { size: values.length, flat: true };
  expectWithinBound(decoded, values, shape, groups, codec.errorBound(options));
}

function checkEncoded(
  codec: Codec,
  options: CodecOptions,
  { shape, values }: ConformanceCase,
  parts: Parts,
  { search }: Conformance,
  inputs?: ReferenceInputs,
): void {
  const expected = codec.reference.encode(values, shape, options, inputs);
  if (!search || codec.equalCodes?.(options) !== false) return expectSameParts(parts, expected);
  const { requantise } = codec.reference;
  if (requantise) expectSameParts(parts, requantise(values, shape, options, parts));
  const error = (p: Parts) => squaredError(codec.reference.decode(p, shape, options), values);
  const floor = (search.errorFloor ?? 0) * values.reduce((sum, w) => sum + w * w, 0);
  expect(error(parts)).toBeLessThanOrEqual(Math.max(error(expected) * (1 + search.errorBudget), floor));
}

function expectDecoded(
  { decodeTolerance }: Codec,
  actual: Float32Array,
  expected: Float32Array,
  { decodeUlps = 0 }: Conformance,
): void {
  if (decodeTolerance === undefined) return expectSameValues(actual, expected, decodeUlps);
  expectNearValues(actual, expected, decodeTolerance);
}

function squaredError(decoded: Float32Array, values: Float32Array): number {
  return decoded.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
}

function copyParts(parts: Parts): Parts {
  return new Map([...parts].map(([suffix, bytes]) => [suffix, bytes.slice()]));
}

async function checkNonFinite(gpu: Gpu, codec: Codec, options: CodecOptions): Promise<void> {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const columns = codec.meta.columnsMultiple ?? 35;
    const values = new Float32Array(2 * columns).fill(0.5);
    values[columns + 2] = bad;
    const tensor = { name: TENSOR, shape: [2, columns] as const, values };
    const failure = encodeTensor(codec, tensor, options, { gpu, seed: 1 });
    await expect(failure).rejects.toThrow(`${TENSOR} holds ${bad} at row 1, column 2`);
    await expect(failure).rejects.toMatchObject({ code: 'not-finite' });
  }
}

/** Checks weights of 3e38, beyond any float16 scale: codec and reference must both refuse them by name, or both store the same bytes. */
async function checkHuge(gpu: Gpu, codec: Codec, options: CodecOptions, conformance: Conformance) {
  const shape: MatrixShape = [2, multipleOf(codec, conformance) ?? 64];
  const values = Float32Array.from({ length: 2 * shape[1] }, (_, i) => (i % 2 ? -3e38 : 3e38));
  const encoding = encodeTensor(codec, { name: TENSOR, shape, values }, options, { gpu, seed: 1 });
  const parts = await encoding.catch((error: unknown) => error);
  if (parts instanceof Map)
    return checkEncoded(codec, options, { name: 'huge', shape, values }, parts as Parts, conformance);
  expect(parts).toBeInstanceOf(LabError);
  expect((parts as LabError).message).toContain(TENSOR);
  expect(() => codec.reference.encode(values, shape, options)).toThrow(LabError);
}

/** Checks that Stop before the first step cancels, that Stop between later steps may cancel, and that no buffer is left behind. */
async function checkStop(codec: Codec, options: CodecOptions, conformance: Conformance): Promise<void> {
  const gpu = await testGpu({ bindingCap: SPLIT_BINDING_BYTES });
  const { shape, values } = acceptedCase(codec, splitCase(), conformance);
  const tensor = { name: TENSOR, shape, values };
  const stored = {
    name: TENSOR,
    shape,
    options,
    parts: await codec.encode(tensor, options, { gpu, seed: 1 }),
  };
  const calls = [
    (signal: AbortSignal) => codec.encode(tensor, options, { gpu, seed: 1, signal }),
    (signal: AbortSignal) => decodeOnGpu(gpu, codec, stored, signal),
  ];
  for (const call of calls)
    for (const checks of [0, 1, 2, 3]) {
      const outcome: unknown = await call(stopAfter(checks)).catch((error: unknown) => error);
      if (checks === 0 || outcome instanceof Error) expect(outcome).toBeInstanceOf(Cancelled);
      expect(gpu.buffers.liveCount).toBe(0);
    }
}

/** Makes a signal that reads as aborted after `checks` reads, which stops a call at a known place. */
function stopAfter(checks: number): AbortSignal {
  const { signal } = new AbortController();
  let reads = 0;
  return Object.defineProperty(signal, 'aborted', { get: () => reads++ >= checks });
}

/** Checks that wrong part lengths and names are errors, and that wrong bytes are an error or decode exactly like the reference. */
async function checkDamage(gpu: Gpu, codec: Codec, options: CodecOptions, conformance: Conformance) {
  const shape: MatrixShape = [5, multipleOf(codec, conformance) ?? 130];
  const values = gaussianWithOutliers(shape, 11);
  const parts = await encodeTensor(codec, { name: TENSOR, shape, values }, options, { gpu, seed: 1 });
  const stored = (changed: Parts): CodedTensor => ({ name: TENSOR, shape, options, parts: changed });
  for (const part of codec.layout(shape, options)) {
    const bytes = parts.get(part.suffix);
    if (!bytes) continue;
    const short = bytes.subarray(0, bytes.length - 1);
    await expectDamaged(stored(new Map(parts).set(part.suffix, new Uint8Array(partBytes(part) + 4))));
    if (part.variable) await checkAltered(stored(new Map(parts).set(part.suffix, short)));
    else await expectDamaged(stored(new Map(parts).set(part.suffix, short)));
    const missing = new Map(parts);
    missing.delete(part.suffix);
    if (!part.optional) await expectDamaged(stored(missing));
    const altered = bytes.map((byte, i) => byte ^ ((i * 73 + 41) & 0xff));
    await checkAltered(stored(new Map(parts).set(part.suffix, altered)));
  }

  async function expectDamaged(tensor: CodedTensor): Promise<void> {
    await expect(decodeOnGpu(gpu, codec, tensor)).rejects.toMatchObject({ code: 'bad-file' });
  }

  async function checkAltered(tensor: CodedTensor): Promise<void> {
    const result = await decodeOnGpu(gpu, codec, tensor).catch((error: unknown) => error);
    if (!(result instanceof Float32Array)) return expect(result).toMatchObject({ code: 'bad-file' });
    expect(result.every(Number.isFinite)).toBe(true);
    const expected = codec.reference.decode(tensor.parts, shape, options);
    expectDecoded(codec, result, expected, conformance);
  }
}

async function checkSplit(gpu: Gpu, codec: Codec, options: CodecOptions, conformance: Conformance) {
  const { name, shape, values } = acceptedCase(codec, splitCase(), conformance);
  const small = await testGpu({ bindingCap: SPLIT_BINDING_BYTES });
  const tensor = { name, shape, values };
  const whole = await encodeTensor(codec, tensor, options, { gpu, seed: 1 });
  const split = await encodeTensor(codec, tensor, options, { gpu: small, seed: 1 });
  expectSameParts(split, whole);
  const stored = { name, shape, options, parts: split };
  const expected = codec.reference.decode(whole, shape, options);
  expectDecoded(codec, await decodeOnGpu(small, codec, stored), expected, conformance);
  expect(small.buffers.liveCount).toBe(0);
}
