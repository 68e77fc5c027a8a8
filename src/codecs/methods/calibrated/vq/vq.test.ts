import { describe, expect, test } from 'vitest';
import { KeyedRandom } from '../../../../base/random';
import { statistics } from '../../../../calibrate/testing/inputs';
import type { MatrixShape } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { CodecOptions, OptionValue } from '../../../contract/meta';
import { completeOptions } from '../../../contract/spec';
import codec from './codec';
import { halfBits, toHalf } from '../../../kit/halves';
import { kMeans } from '../../../kit/kMeans/kmeansReference';
import { inputWeights } from './layout';
import meta from './meta';
import { evenPicks, samplePicks, weightedPicks } from '../../../kit/kMeans/picks';

const options = (given: Record<string, OptionValue>): CodecOptions => completeOptions(meta, given);

function gaussian(count: number, seed: number): Float32Array {
  const random = new KeyedRandom(seed, 0xe8);
  return Float32Array.from({ length: count }, () => random.nextNormal());
}

function meanSquaredError(
  values: Float32Array,
  shape: MatrixShape,
  given: Record<string, OptionValue>,
): number {
  const all = options(given);
  const decoded = codec.reference.decode(codec.reference.encode(values, shape, all), shape, all);
  return decoded.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0) / values.length;
}

// Max 1960, Quantizing for minimum distortion, table I: N levels for a unit normal.
test.each([
  [4, 0.009497],
  [5, 0.002499],
])('one dimension, 2^%d levels: the distortion of Max’s optimal quantiser, %d', (bits, published) => {
  const error = meanSquaredError(gaussian(2 ** 16, 5), [256, 256], {
    dimension: 1,
    bits,
    scale: 'none',
    rounds: 60,
  });
  expect(Math.abs(error / published - 1)).toBeLessThan(0.03);
});

test('256 vectors of 4 on a unit normal: 9.0e-2 as measured elsewhere, or better', () => {
  const error = meanSquaredError(gaussian(2 ** 15, 6), [128, 256], { scale: 'none' });
  expect(error).toBeLessThan(9.0e-2 * 1.01);
  expect(error).toBeGreaterThan(8.3e-2);
});

test('vectors have a smaller error than single weights at the same bits, and rows of different size need scales', () => {
  const values = gaussian(2 ** 13, 7).map((w, i) => w * (i < 2 ** 12 ? 1 : 10));
  const error = (given: Record<string, OptionValue>) => meanSquaredError(values, [2, 2 ** 12], given);
  expect(error({ dimension: 2, bits: 8 })).toBeLessThan(error({ dimension: 1, bits: 4 }));
  const small = (scale: string) => {
    const all = options({ scale });
    const decoded = codec.reference.decode(
      codec.reference.encode(values, [2, 2 ** 12], all),
      [2, 2 ** 12],
      all,
    );
    return decoded.subarray(0, 2 ** 12).reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
  };
  expect(small('row')).toBeLessThan(0.5 * small('none'));
});

test('weighting by the inputs lowers the output error', () => {
  const shape = [64, 32] as const;
  const values = gaussian(2 ** 11, 8);
  const x = gaussian(128 * 32, 9).map((v, i) => v * (i % 32 < 4 ? 20 : 1));
  const inputs = statistics(x, 32, 128);
  const outputError = (weighting: string) => {
    const all = options({ weighting, bits: 6, dimension: 4, scale: 'none' });
    const decoded = codec.reference.decode(codec.reference.encode(values, shape, all, inputs), shape, all);
    return decoded.reduce((sum, value, i) => sum + inputs.gram[(i % 32) * 33] * (value - values[i]) ** 2, 0);
  };
  expect(outputError('input')).toBeLessThan(0.7 * outputError('none'));
});

test('the layout counts every byte: 2 bits per weight, codebook and scales', () => {
  const bytes = (given: Record<string, OptionValue>) => codec.layout([64, 64], options(given)).map(partBytes);
  expect(bytes({ dimension: 4, bits: 8 })).toEqual([1024, 2048, 128]);
  expect(bytes({ dimension: 8, bits: 12, scale: '32' })).toEqual([768, 65536, 256]);
  expect(bytes({ dimension: 2, bits: 5, scale: 'none' })).toEqual([1280, 128]);
});

describe('k-means by hand', () => {
  test('coordinate weights decide assignment and mean', () => {
    // For (0,0) (4,1) (0,10) with weights 1 and 0.01 the second coordinate hardly counts, so (0,10) joins (0,0).
    const settings = { dimension: 2, clusters: 2, rounds: 1, start: Uint32Array.of(0, 1), rounded: false };
    const weights = { columns: [1, 0.01], per: 'element' as const };
    const { codebook, indices } = kMeans([0, 0, 4, 1, 0, 10], { ...settings, weights });
    expect([...indices]).toEqual([0, 1, 0]);
    expect([...codebook]).toEqual([0, 5, 4, 1]);
  });

  test('vector weights pull the mean: (1·0 + 3·4) ÷ 4', () => {
    const settings = { dimension: 1, clusters: 1, rounds: 1, start: Uint32Array.of(0), rounded: false };
    const { codebook } = kMeans([0, 4], { ...settings, weights: { columns: [1, 3], per: 'vector' } });
    expect([...codebook]).toEqual([3]);
  });

  test('first centroids', () => {
    expect([...evenPicks(10, 4)]).toEqual([0, 2, 5, 7]);
    // Running weights 1 2 3 7 8; i/4 of 8 is 0 2 4 6: reached at vectors 0, 1, 3, 3.
    expect([...weightedPicks(5, 4, (v) => [1, 1, 1, 4, 1][v])]).toEqual([0, 1, 3, 3]);
    const sample = samplePicks(100_000, 256, 1);
    expect(sample).toHaveLength(4096);
    expect(new Set(sample).size).toBe(4096);
  });
});

test('float16 truncates and rounds: 0.1 is between 0x2e66 and 0x2e67', () => {
  expect(halfBits(0.1, 'nearest')).toBe(0x2e66);
  expect(halfBits(-0.3617153466, 'nearest')).toBe(0xb5ca);
  expect(halfBits(-0.3617153466, 'truncate')).toBe(0xb5c9);
  expect(toHalf(65519, 'nearest')).toBe(65504);
  expect(toHalf(-1e9, 'truncate')).toBe(-65504);
  expect(halfBits(2 ** -25, 'truncate')).toBe(0);
});

test('inputs that are zero in calibration have the minimum weight', () => {
  expect([...inputWeights([0, 2, 1])]).toEqual([Math.fround(1e-6), 1, 0.5]);
  expect([...inputWeights([0, 0])]).toEqual([1, 1]);
});
