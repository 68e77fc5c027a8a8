import { expect, test } from 'vitest';
import { KeyedRandom } from '../../../../base/random';
import type { Codec } from '../../../../codecs/contract/codec';
import rans from '../../../../codecs/methods/wrappers/rans/codec';
import ransMeta from '../../../../codecs/methods/wrappers/rans/meta';
import { completeOptions } from '../../../../codecs/contract/spec';
import transform from '../../../../codecs/methods/published/rft/transform/codec';
import transformMeta from '../../../../codecs/methods/published/rft/transform/meta';
import { goldenTones } from '../../../../codecs/kit/transforms/signals';
import { gainDb, helpsText } from './helps';

const SHAPE = [16, 256] as const;

/** A basis on one tensor with its codes entropy-coded, by the float64 references. */
function arm(values: Float32Array, basis: string) {
  const codec: Codec = rans.wrap(transform, completeOptions(transformMeta, { basis, block: 256, bits: 5 }));
  const options = completeOptions(ransMeta, {});
  const parts = codec.reference.encode(values, SHAPE, options);
  const decoded = codec.reference.decode(parts, SHAPE, options);
  const bytes = [...parts.values()].reduce((sum, part) => sum + part.length, 0);
  const energy = (x: Float32Array) => x.reduce((sum, value) => sum + value ** 2, 0);
  return {
    bits: (8 * bytes) / values.length,
    relativeL2: Math.sqrt(energy(values.map((value, i) => value - decoded[i])) / energy(values)),
  };
}

test('on Gaussian weights no basis helps', () => {
  const random = new KeyedRandom(3, 9);
  const values = Float32Array.from({ length: 16 * 256 }, () => random.nextNormal());
  for (const basis of ['dct', 'hadamard', 'rft', 'dft', 'random'])
    expect(Math.abs(gainDb(arm(values, basis), arm(values, 'identity'))), basis).toBeLessThan(0.3);
});

test('on complex golden tones the canonical RFT helps, and more than the DFT', () => {
  const values = new Float32Array(16 * 256);
  for (let row = 0; row < 16; row++) values.set(Float32Array.from(goldenTones(128, row)), row * 256);
  const identity = arm(values, 'identity');
  const golden = gainDb(arm(values, 'rft'), identity);
  expect(golden).toBeGreaterThan(0.1);
  expect(golden).toBeGreaterThan(gainDb(arm(values, 'dft'), identity));
});

test('half the error is one bit, and gains below a tenth of a decibel do not count', () => {
  expect(gainDb({ bits: 5, relativeL2: 0.1 }, { bits: 4, relativeL2: 0.2 })).toBeCloseTo(0, 12);
  expect(gainDb({ bits: 4, relativeL2: 0.1 }, { bits: 4, relativeL2: 0.2 })).toBeCloseTo(6.02, 2);
  const layers = (...errors: number[]) =>
    errors.map((relativeL2, i) => ({ name: `${i}`, codec: '', bits: 4, relativeL2, maxAbs: 0 }));
  expect(helpsText(layers(0.1, 0.199, 0.2, 0.4), layers(0.2, 0.2, 0.2, 0.2))).toBe(
    'helps on 1 of 4 tensors, mean +0.01 dB',
  );
});
