import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { KeyedRandom } from '../../base/random';
import { statistics, syntheticInputs, type SyntheticInputs } from '../../calibrate/testing/inputs';
import type { ReferenceInputs } from '../../calibrate/inputs';
import { releaseMatrix, uploadMatrix } from '../../runtime/linear/matrix';
import { spiked } from '../../testing/spiked';
import { testGpu } from '../../testing/gpu';
import type { Codec, CodecContext, MatrixShape, CodedTensor } from './codec';
import { encodeTensor } from './coding';
import { partBytes } from './parts';
import type { Parts } from './parts';
import type { CodecMeta, CodecOptions, OptionValue } from './meta';
import { codecMetas, needsCalibration, resolveCodec } from './registry';
import { completeOptions, parseCodec } from './spec';
import { gaussianWithOutliers } from '../conformance/cases';
import { decodeOnGpu, expectLayout, expectNearValues, expectSameParts, TENSOR } from '../conformance/checks';

/** A shape whose columns are not a multiple of any group unless the codec requires it, small enough for whole-tensor transforms. */
const shapeOf = ({ columnsMultiple = 72 }: CodecMeta): MatrixShape => [10, columnsMultiple];
/** The time after which decoding 720 weights counts as a hang. */
const HANG_MS = 5000;
const FLIPS_PER_PART = 10;
const STREAM = 0xf11b;

const gpu = await testGpu();
afterAll(() => expect(gpu.buffers.liveCount).toBe(0));

/** Activations whose Gram matrix is singular, zero, or far from 1 in size. */
const DEGENERATE: [string, (columns: number) => SyntheticInputs][] = [
  ['three tokens', (columns) => syntheticInputs(gpu, columns, 3)],
  ['one token, all ones', (columns) => fromActivations(new Float32Array(columns).fill(1), columns)],
  ['only zeros', (columns) => fromActivations(new Float32Array(4 * columns), columns)],
  [
    'every second channel zero',
    (columns) =>
      fromActivations(
        spiked(200 * columns, 5).map((x, i) => (i % 2 ? x : 0)),
        columns,
      ),
  ],
  [
    'magnitudes near 1e15',
    (columns) =>
      fromActivations(
        spiked(200 * columns, 6).map((x) => x * 1e15),
        columns,
      ),
  ],
  [
    'magnitudes near 1e-9',
    (columns) =>
      fromActivations(
        spiked(200 * columns, 7).map((x) => x * 1e-9),
        columns,
      ),
  ],
];

const coding = [...codecMetas.values()].filter(({ assigns }) => !assigns);

/** Makes a spec with defaults, and wrappers around plain rounding, so that every codec of the registry is tested. */
function specOf({ id, wraps }: CodecMeta) {
  return parseCodec(wraps ? `${id}(rtn(bits=4))` : id);
}

describe.each(coding.map((meta) => [meta.id, meta] as const))('%s, as the registry gives it', (_, meta) => {
  const spec = specOf(meta);
  const { options } = spec;
  const shape = shapeOf(meta);
  const weights = gaussianWithOutliers(shape, 29);
  let codec: Codec;
  let parts: Parts;

  const encode = (context: Partial<CodecContext> = {}) =>
    encodeTensor(codec, { name: TENSOR, shape, values: weights }, options, {
      gpu,
      seed: 1,
      ...context,
    });
  const stored = (changed: Parts): CodedTensor => ({ name: TENSOR, shape, options, parts: changed });
  const withPart = (suffix: string, bytes: Uint8Array) => stored(new Map(parts).set(suffix, bytes));

  beforeAll(async () => {
    codec = await resolveCodec(spec);
    parts = await encode();
  });

  test('the stored parts match the layout and decode like the reference', async () => {
    expectLayout(codec, options, shape, parts);
    const decoded = await decodeOnGpu(gpu, codec, stored(parts));
    expectNearValues(decoded, codec.reference.decode(parts, shape, options), tolerance());
    expectWithinMaximum(decoded);
  });

  test('the same input gives the same bytes', async () => expectSameParts(await encode(), parts));

  test('the decoder needs nothing but the stored bytes', async () => {
    const copy = new Map([...parts].map(([suffix, bytes]) => [suffix, Uint8Array.from(bytes)]));
    const first = await decodeOnGpu(gpu, codec, stored(copy));
    const other = await decodeOnGpu(await testGpu({ bindingCap: 2 ** 20 }), codec, stored(copy));
    expect(Array.from(other)).toEqual(Array.from(first));
  });

  test.runIf(needsCalibration(spec))(
    'with calibration it stores the same parts, and encoding twice gives the same bytes',
    async () => {
      const inputs = syntheticInputs(gpu, shape[1]);
      try {
        const calibrated = await encode({ inputs: inputs.gpu });
        expectLayout(codec, options, shape, calibrated);
        expectSameParts(await encode({ inputs: inputs.gpu }), calibrated);
        const decoded = await decodeOnGpu(gpu, codec, stored(calibrated));
        expectNearValues(decoded, codec.reference.decode(calibrated, shape, options), tolerance());
      } finally {
        inputs.dispose();
      }
    },
  );

  test.runIf(meta.needs.calibration).each(DEGENERATE)(
    'on calibration data of %s it stores finite weights or explains the error',
    async (_, inputsOf) => {
      const undamped = undampedOptions(meta);
      const tensor = { name: TENSOR, shape, values: weights };
      const inputs = inputsOf(shape[1]);
      try {
        const result = await encodeTensor(codec, tensor, undamped, {
          gpu,
          seed: 1,
          inputs: inputs.gpu,
        }).catch((error: unknown) => error);
        if (!(result instanceof Map)) return expectSentence(result);
        const decoded = await decodeOnGpu(gpu, codec, { ...stored(result as Parts), options: undamped });
        expect(decoded.every(Number.isFinite)).toBe(true);
        // The layer's outputs on this data are kept. Weights of inputs that are always zero need not be (AWQ drops them).
        const loss = outputSquares(
          decoded.map((w, i) => w - weights[i]),
          inputs.host,
          shape,
        );
        expect(loss).toBeLessThanOrEqual(0.25 * outputSquares(weights, inputs.host, shape));
      } finally {
        inputs.dispose();
      }
    },
  );

  test('NaN and infinity are refused by the name of the tensor', async () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const values = weights.slice();
      values[5 * shape[1] + 7] = bad;
      const encoding = encodeTensor(codec, { name: TENSOR, shape, values }, options, { gpu, seed: 1 });
      await expect(encoding).rejects.toMatchObject({
        code: 'not-finite',
        message: expect.stringContaining(`${TENSOR} holds ${bad} at row 5, column 7`),
      });
    }
  });

  test('a part that is missing, short or long is refused or decoded like the reference', async () => {
    for (const part of codec.layout(shape, options)) {
      const bytes = parts.get(part.suffix);
      if (!bytes) continue;
      const missing = new Map(parts);
      missing.delete(part.suffix);
      await expectRefusal(stored(missing), part.optional);
      for (const length of [0, 1, bytes.length >> 1, bytes.length - 4, bytes.length - 1])
        if (length >= 0 && length < bytes.length)
          await expectRefusal(withPart(part.suffix, bytes.slice(0, length)), part.variable);
      await expectRefusal(withPart(part.suffix, new Uint8Array(partBytes(part) + 4)));
    }
    await expectRefusal(stored(new Map(parts).set('surplus', new Uint8Array(4))));
  });

  test('flipped bits are refused or decoded like the reference', async () => {
    for (const [index, [suffix, bytes]] of [...parts].entries()) {
      const random = new KeyedRandom(index, STREAM);
      for (let flip = 0; flip < FLIPS_PER_PART && bytes.length > 0; flip++) {
        const altered = bytes.slice();
        // Every second flip is within the first bytes, which hold headers and tables.
        const reach = flip % 2 ? bytes.length : Math.min(bytes.length, 16);
        altered[Math.floor(random.nextUniform() * reach)] ^= 1 << Math.floor(random.nextUniform() * 8);
        await expectHarmless(withPart(suffix, altered));
      }
    }
  });

  test('parts of zeros and of ones are refused or decoded like the reference', async () => {
    for (const [suffix, { length }] of parts)
      for (const byte of [0, 0xff]) await expectHarmless(withPart(suffix, new Uint8Array(length).fill(byte)));
  });

  test('the packed layer multiplies by the decoded weights', async ({ skip }) => {
    const weight = await codec.linear?.(stored(parts), { gpu, seed: 1 });
    if (!weight) return skip('no packed product with these options');
    const [outputs, columns] = shape;
    const rows = 3;
    const scope = gpu.buffers.scope();
    const recorder = gpu.recorder();
    try {
      const xs = spiked(rows * columns, 3);
      const x = { buffer: scope.upload(xs, 'x'), stride: columns, column: 0, width: columns };
      const buffer = scope.allocate(4 * rows * outputs, 'y');
      await weight.record({
        gpu,
        recorder,
        x,
        y: { buffer, stride: outputs, column: 0, width: outputs },
        rows,
      });
      await gpu.stream.run(recorder.commands);
      const actual = new Float32Array(await gpu.stream.read(buffer));
      const decoded = codec.reference.decode(parts, shape, options);
      expectProduct(actual, xs, decoded, shape, codec.quantisesActivations?.(options) ?? false);
    } finally {
      recorder.dispose();
      scope.dispose();
      weight.dispose();
    }
  });

  /** The codec's own tolerance, or one unit in the last place of the largest value. */
  function tolerance(): number {
    return codec.decodeTolerance ?? 2 ** -23;
  }

  /** Expects every error of a decoded weight within the codec's bound for the whole matrix. */
  function expectWithinMaximum(decoded: Float32Array): void {
    const bound = codec.errorBound(options)(weights.reduce((max, w) => Math.max(max, Math.abs(w)), 0));
    weights.forEach((w, i) => expect(Math.abs(decoded[i] - w)).toBeLessThanOrEqual(bound * (1 + 1e-6)));
  }

  /** Expects a refusal. @param mayDecode whether the contract allows such parts, so that decoding may also succeed */
  async function expectRefusal(tensor: CodedTensor, mayDecode = false): Promise<void> {
    if (mayDecode) return expectHarmless(tensor);
    await expect(decodeOnGpu(gpu, codec, tensor)).rejects.toMatchObject({ code: 'bad-file' });
  }

  async function expectHarmless(tensor: CodedTensor): Promise<void> {
    const started = performance.now();
    const result = await decodeOnGpu(gpu, codec, tensor).catch((error: unknown) => error);
    expect(performance.now() - started).toBeLessThan(HANG_MS);
    if (!(result instanceof Float32Array)) return expect(result).toMatchObject({ code: 'bad-file' });
    expect(result.every(Number.isFinite), 'decodes to finite values').toBe(true);
    expectNearValues(result, codec.reference.decode(tensor.parts, shape, options), tolerance());
  }
});

/** Makes the options under which a codec uses calibration, without the damping that would hide a singular Gram matrix. */
function undampedOptions(meta: CodecMeta): CodecOptions {
  const given: Record<string, OptionValue> = {};
  for (const { option, value } of [meta.needs.calibrationUnless ?? []].flat()) {
    const spec = meta.options.find(({ key }) => key === option)!;
    if (spec.kind === 'choice') given[option] = spec.values.find((other) => other !== value)!;
  }
  if (meta.options.some(({ key }) => key === 'damping')) given.damping = 0;
  return completeOptions(meta, given);
}

function fromActivations(x: Float32Array, columns: number): SyntheticInputs {
  const host = statistics(x, columns, x.length / columns);
  const { gram: sums, samples } = host;
  const gram = uploadMatrix(gpu, Float32Array.from(sums), columns, columns, 'Gram');
  const [meanAbs, maxAbs] = [Float32Array.from(host.meanAbs), Float32Array.from(host.maxAbs)];
  return {
    gpu: { columns, samples, gram, meanAbs, maxAbs, steps: host.steps },
    host,
    x,
    dispose: () => releaseMatrix(gpu.buffers, gram),
  };
}

function expectSentence(error: unknown): void {
  expect(error).toBeInstanceOf(LabError);
  expect((error as LabError).code).not.toBe('internal');
  expect((error as LabError).message).toContain(TENSOR);
  expect((error as LabError).remedy).not.toBe('');
}

/** Computes tr(W G Wᵀ), the mean square of the layer's outputs. */
function outputSquares(w: Float32Array, { gram }: ReferenceInputs, [rows, columns]: MatrixShape): number {
  let sum = 0;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < columns; i++)
      for (let j = 0; j < columns; j++)
        sum += w[row * columns + i] * gram[i * columns + j] * w[row * columns + j];
  return sum;
}

/** Allows half a step of int8 activations, a 127th of their row's largest magnitude, besides the rounding of float32. */
function expectProduct(
  actual: Float32Array,
  x: Float32Array,
  w: Float32Array,
  [outputs, columns]: MatrixShape,
  quantised: boolean,
): void {
  for (const [i, value] of actual.entries()) {
    const inputs = x.subarray(Math.floor(i / outputs) * columns).subarray(0, columns);
    const weights = w.subarray((i % outputs) * columns).subarray(0, columns);
    const sum = (term: (input: number, k: number) => number) =>
      inputs.reduce((total, input, k) => total + term(input, k), 0);
    const size = sum((input, k) => Math.abs(input * weights[k]));
    const step = inputs.reduce((max, input) => Math.max(max, Math.abs(input)), 0) / 127;
    const rounded = quantised ? (step / 2) * sum((_, k) => Math.abs(weights[k])) : 0;
    const difference = Math.abs(value - sum((input, k) => input * weights[k]));
    expect(difference, `element ${i}`).toBeLessThanOrEqual(1.001 * rounded + 1e-5 * size);
  }
}
