import { describe, expect, test } from 'vitest';
import { bfloat16BitsToFloat } from '../../../../base/float16';
import { restoreFloat8 } from '../../../../formats/quantised/float8';
import { partOf } from '../../../../testing/parts';
import { gaussianWithOutliers } from '../../../conformance/cases';
import type { OptionValue } from '../../../contract/meta';
import { partBytes } from '../../../contract/parts';
import { completeOptions } from '../../../contract/spec';
import { bits16Of } from '../../../kit/storedFloats';
import codec from './codec';
import meta from './meta';

const options = (given: Record<string, OptionValue> = {}) => completeOptions(meta, given);

test('a row by hand: the largest weight is 448 times the scale', () => {
  const parts = codec.reference.encode(Float32Array.of(896, -2, 1, 0.003, 0, 33), [1, 6], options());
  expect([...bits16Of(partOf(parts, 'scales'))].map(bfloat16BitsToFloat)).toEqual([2]);
  // 448; −1; ½; 0.0015 of steps of 2⁻⁹ is one step; 0; 16.5 lies between 16 and 18, nearer to 16.
  expect([...partOf(parts, 'codes')]).toEqual([0x7e, 0xb8, 0x30, 0x01, 0, 0x58, 0, 0]);
  const decoded = codec.reference.decode(parts, [1, 6], options());
  expect([...decoded]).toEqual([896, -2, 1, 2 ** -8, 0, 32]);
});

test('bytes: a code a weight, rows padded to 4, and two bytes a scale', () => {
  const bytes = (scale: string) => codec.layout([300, 130], options({ scale })).map(partBytes);
  expect(bytes('tensor')).toEqual([300 * 132, 2]);
  expect(bytes('row')).toEqual([300 * 132, 600]);
  expect(bytes('block')).toEqual([300 * 132, 2 * 3 * 2]);
});

test('smaller blocks lower the error where magnitudes differ', () => {
  const shape = [256, 256] as const;
  const values = gaussianWithOutliers(shape, 3).map((w, i) => w * 2 ** -Math.floor(i / 2048));
  const error = (scale: string) => {
    const all = options({ scale, format: 'e4m3' });
    const decoded = codec.reference.decode(codec.reference.encode(values, shape, all), shape, all);
    return decoded.reduce((sum, value, i) => sum + Math.abs(value - values[i]) / Math.abs(values[i]), 0);
  };
  expect(error('row')).toBeLessThan(error('tensor'));
  expect(error('block')).toBeLessThan(error('tensor'));
});

describe('what other tools read is what the codec decodes', () => {
  test.each(['tensor', 'row', 'block'])('one scale for a %s', (scale) => {
    const shape = [130, 200] as const;
    const all = options({ scale });
    const parts = codec.reference.encode(gaussianWithOutliers(shape, 5), shape, all);
    const packable = codec.packable!({ name: 'w', shape, options: all, parts });
    const matrix = typeof packable === 'string' ? expect.unreachable() : packable.read();
    const restored = matrix.kind === 'float8' ? restoreFloat8(matrix) : expect.unreachable();
    expect(restored).toEqual(codec.reference.decode(parts, shape, all));
  });
});
