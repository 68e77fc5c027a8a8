import { expect, test } from 'vitest';
import { KeyedRandom } from '../../../../../base/random';
import type { OptionValue } from '../../../../contract/meta';
import { completeOptions } from '../../../../contract/spec';
import codec from './codec';
import meta from './meta';
import { bandCount, bandOf, predict, predictorSize, train } from './predictor';

const { reference } = codec;

const normal = (count: number) => {
  const random = new KeyedRandom(12, 4);
  return Float32Array.from({ length: count }, () => 0.05 * random.nextNormal());
};
const values = normal(64 * 512);
const shape = [64, 512] as const;

function roundTrip(given: Record<string, OptionValue>) {
  const options = completeOptions(meta, given);
  const parts = reference.encode(values, shape, options);
  const decoded = reference.decode(parts, shape, options);
  const squares = (x: Float32Array) => x.reduce((sum, value) => sum + value * value, 0);
  const error = Math.sqrt(squares(decoded.map((value, i) => value - values[i])) / squares(values));
  const bytes = [...parts.values()].reduce((sum, part) => sum + part.length, 0);
  return { error, bytes, bitsPerWeight: (8 * bytes) / values.length };
}

test('Gaussian weights at 6 + 5 bits have the claimed error of 5.1 % and take 85 bits per weight on disk', () => {
  const { error, bitsPerWeight } = roundTrip({ residual: 'none' });
  expect(Math.abs(error - 0.0502)).toBeLessThan(0.0025);
  expect(bitsPerWeight).toBeGreaterThan(85);
  expect(bitsPerWeight).toBeLessThan(87);
});

test('packed storage takes the 11 nominal bits of the same codes and a mask', () => {
  const [json, packed] = ['json', 'packed'].map((storage) => roundTrip({ residual: 'none', storage }));
  expect(packed.error).toBe(json.error);
  expect(packed.bitsPerWeight).toBeGreaterThan(10.9);
  expect(packed.bitsPerWeight).toBeLessThan(12.1);
});

test('in the ablation the predictor hardly helps, a true residual does, and unquantised coefficients are float32', () => {
  const arm = (given: Record<string, OptionValue>) =>
    roundTrip({ storage: 'packed', chunk: '512', ...given });
  const none = arm({ residual: 'none' });
  expect(Math.abs(arm({ residual: 'predicted' }).error / none.error - 1)).toBeLessThan(0.02);
  expect(arm({ residual: 'true', residualBits: 2 }).error).toBeLessThan(0.45 * none.error);
  expect(arm({ quantisation: false }).error).toBeLessThan(2e-3);
});

test('without conjugate pairs the error is √½ of the DFT’s, since its imaginary half is dropped', () => {
  const error = (transform: string) =>
    roundTrip({ transform, chunk: '64', residual: 'none', storage: 'packed' }).error;
  // The codes of a conjugate pair mirror each other, so that its whole error is real. Independent errors lose half their energy.
  expect(Math.abs(error('canonical') / error('dft') / Math.SQRT1_2 - 1)).toBeLessThan(0.05);
  expect(Math.abs(error('golden-qr') / error('dft') / Math.SQRT1_2 - 1)).toBeLessThan(0.05);
});

test('the first band is 64 wide, and each further one twice as wide', () => {
  expect([0, 63, 64, 191, 192, 447, 448].map(bandOf)).toEqual([0, 0, 1, 1, 2, 2, 3]);
  expect(bandCount(1)).toBe(1);
  expect(bandCount(449)).toBe(4);
  // 3 + 4 inputs: 7·32 + 32 + 32·32 + 32 + 2·32 + 2.
  expect(predictorSize(449)).toBe(1378);
});

test('the seed determines the predictor, and training on a constant lowers the loss', () => {
  const samples = Array.from({ length: 512 }, (_, k) => ({
    position: k / 511,
    log: -1,
    phase: 0.5,
    band: bandOf(k),
    target: [3, -2] as const,
  }));
  const one = train(samples, 512, 123);
  expect(train(samples, 512, 123)).toEqual(one);
  expect(train(samples, 512, 124)).not.toEqual(one);
  const loss = (w: Float32Array) =>
    samples.reduce((sum, s) => {
      const [log, phase] = predict(w, 512, s);
      return sum + (log - 3) ** 2 + (phase + 2) ** 2;
    }, 0);
  expect(loss(one)).toBeLessThan(loss(train([], 512, 123)));
});

test('dense transforms of a whole tensor are refused', () => {
  const options = completeOptions(meta, { transform: 'canonical' });
  expect(() => codec.layout([64, 64], options)).toThrow(/dense matrix/);
});
