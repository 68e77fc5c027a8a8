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

/** Float32 and float64 k-means differ at near ties. The squared errors of their results differ by at most this share. */
const ERROR_BUDGET = 0.05;

describeCodec(
  codec,
  [
    { codebooks: 2, bits: 4, iterations: 2 },
    { codebooks: 1, bits: 8, iterations: 1 },
    { codebooks: 3, bits: 5, dimension: 4, iterations: 1, beams: 2 },
  ],
  { search: { errorBudget: ERROR_BUDGET, errorFloor: 2 ** -22 } },
);

const gpu = await testGpu();

function gaussian(shape: MatrixShape, seed = 5): Float32Array {
  const random = new KeyedRandom(seed, 0x9a55);
  return Float32Array.from({ length: shape[0] * shape[1] }, () => random.nextNormal());
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

/** ‖(W − Ŵ)X‖² ÷ ‖WX‖²; without inputs ‖W − Ŵ‖² ÷ ‖W‖². */
function relativeError(w: Float32Array, decoded: Float32Array, columns: number, gram?: ArrayLike<number>) {
  const squares = (e: (i: number) => number) => {
    let sum = 0;
    for (let row = 0; row < w.length; row += columns)
      for (let i = 0; i < columns; i++)
        for (let j = gram ? 0 : i; j < (gram ? columns : i + 1); j++)
          sum += e(row + i) * e(row + j) * (gram?.[i * columns + j] ?? 1);
    return sum;
  };
  return squares((i) => w[i] - decoded[i]) / squares((i) => w[i]);
}

describe('on independent normal weights', () => {
  const shape: MatrixShape = [128, 512];
  const w = gaussian(shape);

  // Shannon's D(R) = 2^(−2R) below (Cover and Thomas, theorem 10.3.2), one level per weight above (Max 1960, table I).
  test.each([
    { codebooks: 1, iterations: 1, shannon: 0.25, lloydMax: 0.3634 },
    { codebooks: 2, iterations: 2, shannon: 0.0625, lloydMax: 0.1175 },
  ])(
    '$codebooks codebook(s) of 8 bits for 8 weights lie between Shannon and Lloyd–Max',
    async ({ codebooks, iterations, shannon, lloydMax }) => {
      const { decoded } = await roundTrip(w, shape, { codebooks, iterations, beams: 2 });
      const error = relativeError(w, decoded, shape[1]);
      expect(error).toBeGreaterThan(shannon);
      expect(error).toBeLessThan(lloydMax);
    },
  );
});

describe('with calibration', () => {
  const shape: MatrixShape = [96, 64];
  const w = gaussian(shape, 6);
  const small = { codebooks: 3, bits: 4, iterations: 2 };

  test('the output error is far below that without, and below plain rounding of more bytes', async () => {
    const inputs = syntheticInputs(gpu, shape[1]);
    const errorOf = ({ decoded }: Coded) => relativeError(w, decoded, shape[1], inputs.host.gram);
    const calibrated = await roundTrip(w, shape, small, inputs);
    const plain = await roundTrip(w, shape, { ...small, weighting: 'none' }, inputs);
    const rounded = await roundTrip(w, shape, { bits: 3, group: '64' }, undefined, rtn);
    inputs.dispose();
    expect(calibrated.bytes).toBeLessThanOrEqual(rounded.bytes);
    expect(errorOf(calibrated)).toBeLessThan(0.5 * errorOf(plain));
    expect(errorOf(calibrated)).toBeLessThan(0.5 * errorOf(rounded));
  });

  test.each<Record<string, OptionValue>>([{}, { dimension: 4, codebooks: 2, damping: 0.1 }])(
    'the same output error as the reference: %j',
    async (given) => {
      const inputs = syntheticInputs(gpu, shape[1]);
      const options = completeOptions(meta, { ...small, ...given });
      const { decoded } = await roundTrip(w, shape, { ...small, ...given }, inputs);
      const parts = codec.reference.encode(w, shape, options, inputs.host);
      const expected = codec.reference.decode(parts, shape, options);
      const { gram } = inputs.host;
      inputs.dispose();
      const ratio = relativeError(w, decoded, shape[1], gram) / relativeError(w, expected, shape[1], gram);
      expect(Math.abs(ratio - 1)).toBeLessThan(ERROR_BUDGET);
    },
  );

  test('a Gram matrix in several buffers and a padded last group change no byte', async () => {
    const wide: MatrixShape = [9, 525];
    const values = gaussian(wide, 7);
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

  test('fewer samples than columns, without damping: a singular Gram matrix gives a small error', async () => {
    const inputs = syntheticInputs(gpu, shape[1], 20);
    const { decoded } = await roundTrip(w, shape, { ...small, damping: 0 }, inputs);
    inputs.dispose();
    expect(relativeError(w, decoded, shape[1], inputs.host.gram)).toBeLessThan(0.05);
  });

  test('inputs that are all zero are refused by name', async () => {
    const [, columns] = shape;
    const gram = uploadMatrix(gpu, new Float32Array(columns ** 2), columns, columns, 'G');
    const zeros = new Float32Array(columns);
    const inputs = { columns, samples: 8, gram, meanAbs: zeros, maxAbs: zeros };
    const failure = encodeTensor(codec, { name: 'w', shape, values: w }, completeOptions(meta, small), {
      gpu,
      seed: 1,
      inputs,
    });
    await expect(failure).rejects.toMatchObject({ code: 'bad-input' });
    await expect(failure).rejects.toThrow('w are all zero');
    releaseMatrix(gpu.buffers, gram);
  });

  test('the seed decides: equal seeds give equal bytes, others do not', async () => {
    const one = await roundTrip(w, shape, { ...small, iterations: 1 });
    const again = await roundTrip(w, shape, { ...small, iterations: 1 });
    const other = await roundTrip(w, shape, { ...small, iterations: 1, seed: 2 });
    expectSameParts(again.parts, one.parts);
    expect(other.parts.get('codebooks')).not.toEqual(one.parts.get('codebooks'));
  });
});
