import { describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../../../base/random';
import { syntheticInputs, type SyntheticInputs } from '../../../../calibrate/testing/inputs';
import { releaseMatrix, uploadMatrix } from '../../../../runtime/linear/matrix';
import { testGpu } from '../../../../testing/gpu';
import type { Codec, MatrixShape } from '../../../contract/codec';
import { encodeTensor } from '../../../contract/coding';
import { partBytes } from '../../../contract/parts';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions, OptionValue } from '../../../contract/meta';
import rtn from '../../integer/rtn/codec';
import { completeOptions } from '../../../contract/spec';
import { decodeOnGpu, expectSameParts } from '../../../conformance/checks';
import { describeCodec } from '../../../conformance/conformance';
import codec from './codec';
import meta from './meta';

/** The share by which the squared error may exceed the float64 reference's, from float32 products and a randomised search. */
const ERROR_BUDGET = 0.05;

describeCodec(
  codec,
  [
    { bits: 2, rank: 4, group: '16', iterations: 2 },
    { bits: 3, rank: 8, group: '32', 'factor-bits': 16, scheme: 'symmetric', clip: false, iterations: 1 },
    { bits: 4, rank: 3, group: 'row', 'factor-bits': 4, iterations: 2 },
  ],
  { search: { errorBudget: ERROR_BUDGET, errorFloor: 2 ** -22 } },
);

const gpu = await testGpu();

function normal(count: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, 0xca1);
  return Float32Array.from({ length: count }, () => random.nextNormal());
}

interface Coded {
  parts: Parts;
  decoded: Float32Array;
  bytes: number;
}

async function roundTrip(
  values: Float32Array,
  shape: MatrixShape,
  given: Readonly<Record<string, OptionValue>>,
  inputs?: SyntheticInputs,
  by: Codec = codec,
): Promise<Coded> {
  const options: CodecOptions = completeOptions(by.meta, given);
  const context = { gpu, seed: 1, ...(inputs && { inputs: inputs.gpu }) };
  const parts = await encodeTensor(by, { name: 'w', shape, values }, options, context);
  const decoded = await decodeOnGpu(gpu, by, { name: 'w', shape, options, parts });
  const bytes = by.layout(shape, options).reduce((sum, part) => sum + partBytes(part), 0);
  return { parts, decoded, bytes };
}

/** Computes ‖(W − Ŵ)X‖² ÷ ‖WX‖² from the Gram matrix of X. */
function outputError(w: Float32Array, decoded: Float32Array, columns: number, gram: ArrayLike<number>) {
  const squares = (e: (i: number) => number) => {
    let sum = 0;
    for (let row = 0; row < w.length; row += columns)
      for (let i = 0; i < columns; i++)
        for (let j = 0; j < columns; j++) sum += e(row + i) * e(row + j) * gram[i * columns + j];
    return sum;
  };
  return squares((i) => w[i] - decoded[i]) / squares((i) => w[i]);
}

/** Computes ‖W − Ŵ‖² ÷ ‖W‖². */
function weightError(w: Float32Array, decoded: Float32Array): number {
  const sum = (of: (i: number) => number) => w.reduce((total, _, i) => total + of(i) ** 2, 0);
  return sum((i) => w[i] - decoded[i]) / sum((i) => w[i]);
}

test('integers plus a low-rank matrix are restored to the precision of float16', async () => {
  const shape: MatrixShape = [64, 64];
  const random = new KeyedRandom(3, 9);
  const uniform = () => 2 * random.nextUniform() - 1;
  const l = Float64Array.from({ length: 128 }, uniform);
  const r = Float64Array.from({ length: 128 }, uniform);
  const w = Float32Array.from({ length: 64 * 64 }, (_, i) => {
    const [row, column] = [Math.floor(i / 64), i % 64];
    // Every group of 32 holds both ends of the grid.
    const q = column % 32 < 2 ? 14 * (column % 32) - 7 : Math.round(7 * uniform());
    return 0.25 * (q + 0.3 * (l[2 * row] * r[2 * column] + l[2 * row + 1] * r[2 * column + 1]));
  });
  const given = { bits: 4, group: '32', scheme: 'symmetric' };
  const both = await roundTrip(w, shape, { ...given, rank: 2, 'factor-bits': 16, iterations: 16 });
  const integers = await roundTrip(w, shape, { ...given, clip: true }, undefined, rtn);
  expect(weightError(w, integers.decoded)).toBeGreaterThan(5e-4);
  expect(weightError(w, both.decoded)).toBeLessThan(2 ** -22);
});

test('a low-rank matrix on coarse integers has a smaller error than integers alone', async () => {
  const shape: MatrixShape = [48, 80];
  const [l, r] = [normal(48 * 3, 4), normal(3 * 80, 5)];
  const w = Float32Array.from({ length: 48 * 80 }, (_, i) => {
    const [row, column] = [Math.floor(i / 80), i % 80];
    return [0, 1, 2].reduce((sum, k) => sum + l[row * 3 + k] * r[k * 80 + column], 0);
  });
  const { decoded } = await roundTrip(w, shape, { bits: 2, rank: 16, iterations: 6 });
  const integers = await roundTrip(w, shape, { bits: 2, group: '64', clip: true }, undefined, rtn);
  expect(weightError(w, decoded)).toBeLessThan(0.2 * weightError(w, integers.decoded));
});

describe('with calibration', () => {
  const shape: MatrixShape = [96, 80];
  const [, columns] = shape;
  const w = normal(shape[0] * columns, 6);
  const small = { bits: 2, rank: 8, group: '32', iterations: 3 };

  test('the output error is below that without calibration, and below plain rounding in more bytes', async () => {
    const inputs = syntheticInputs(gpu, columns);
    const errorOf = ({ decoded }: Coded) => outputError(w, decoded, columns, inputs.host.gram);
    const calibrated = await roundTrip(w, shape, small, inputs);
    const plain = await roundTrip(w, shape, small);
    const rounded = await roundTrip(w, shape, { bits: 4, group: '64', clip: true }, undefined, rtn);
    const three = await roundTrip(w, shape, { bits: 3, group: '16', clip: true }, undefined, rtn);
    inputs.dispose();
    expect(calibrated.bytes).toBeLessThanOrEqual(rounded.bytes);
    expect(errorOf(calibrated)).toBeLessThan(0.5 * errorOf(plain));
    expect(errorOf(calibrated)).toBeLessThan(errorOf(three));
  });

  test('more alternations never raise the objective, because the best one is kept', async () => {
    const inputs = syntheticInputs(gpu, columns);
    const errors: number[] = [];
    for (const iterations of [1, 2, 5]) {
      const { decoded } = await roundTrip(w, shape, { ...small, iterations }, inputs);
      errors.push(outputError(w, decoded, columns, inputs.host.gram));
    }
    inputs.dispose();
    expect(errors[1]).toBeLessThanOrEqual(errors[0] * (1 + 1e-4));
    expect(errors[2]).toBeLessThanOrEqual(errors[1] * (1 + 1e-4));
  });

  test('the output error is near the reference’s', async () => {
    const inputs = syntheticInputs(gpu, columns);
    const options = completeOptions(meta, small);
    const { decoded } = await roundTrip(w, shape, small, inputs);
    const parts = codec.reference.encode(w, shape, options, inputs.host);
    const expected = codec.reference.decode(parts, shape, options);
    inputs.dispose();
    const { gram } = inputs.host;
    const ratio = outputError(w, decoded, columns, gram) / outputError(w, expected, columns, gram);
    expect(Math.abs(ratio - 1)).toBeLessThan(2 * ERROR_BUDGET);
  });

  test('a Gram matrix in several buffers changes no byte', async () => {
    const wide: MatrixShape = [9, 523];
    const values = normal(9 * 523, 7);
    const options = completeOptions(meta, { ...small, iterations: 1 });
    const encode = async (on: typeof gpu) => {
      const inputs = syntheticInputs(on, wide[1], 8);
      const context = { gpu: on, seed: 1, inputs: inputs.gpu };
      const parts = await encodeTensor(codec, { name: 'w', shape: wide, values }, options, context);
      inputs.dispose();
      return parts;
    };
    expectSameParts(await encode(await testGpu({ bindingCap: 2 ** 20 })), await encode(gpu));
  });

  test('a singular Gram matrix is refused by name without damping and accepted with it', async () => {
    const inputs = syntheticInputs(gpu, columns, 20);
    const failure = roundTrip(w, shape, { ...small, damping: 0 }, inputs);
    await expect(failure).rejects.toMatchObject({ code: 'bad-input' });
    await expect(failure).rejects.toThrow('inputs of w');
    const { decoded } = await roundTrip(w, shape, small, inputs);
    inputs.dispose();
    expect(outputError(w, decoded, columns, inputs.host.gram)).toBeLessThan(0.1);
  });

  test('inputs that are all zero are refused by name', async () => {
    const gram = uploadMatrix(gpu, new Float32Array(columns ** 2), columns, columns, 'G');
    const zeros = new Float32Array(columns);
    const inputs = { columns, samples: 8, gram, meanAbs: zeros, maxAbs: zeros };
    const options = completeOptions(meta, small);
    const failure = encodeTensor(codec, { name: 'w', shape, values: w }, options, { gpu, seed: 1, inputs });
    await expect(failure).rejects.toMatchObject({ code: 'bad-input' });
    await expect(failure).rejects.toThrow('calibration inputs of w');
    releaseMatrix(gpu.buffers, gram);
  });
});
