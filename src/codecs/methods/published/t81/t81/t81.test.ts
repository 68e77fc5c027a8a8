import { expect, test } from 'vitest';
import { KeyedRandom } from '../../../../../base/random';
import { completeOptions } from '../../../../contract/spec';
import { partOf } from '../../../../../testing/parts';
import codec from './codec';
import meta from './meta';

const OPTIONS = completeOptions(meta, {});

test('limbs by hand: sixteen trytes of three trits, rows padded with zeros', () => {
  // Row 0: +, −, 0 | 0, +, + | −: 1 − 3 + 13 = 11; 3 + 9 + 13 = 25; −1 + 13 = 12. Row 1: zeros but the last, +.
  const values = Float32Array.of(0.45, -3, 0.44, 0.1, 1, 0.9, -0.45, 0, 0, 0, 0, 0, 0, 0.5);
  const parts = codec.reference.encode(values, [2, 7], OPTIONS);
  const zeros = (count: number) => new Array<number>(count).fill(13);
  expect([...partOf(parts, 'codes')]).toEqual([11, 25, 12, ...zeros(13), ...zeros(2), 14, ...zeros(13)]);
  const decoded = codec.reference.decode(parts, [2, 7], OPTIONS);
  expect([...decoded]).toEqual([1, -1, 0, 0, 1, 1, -1, 0, 0, 0, 0, 0, 0, 1]);
});

test('a row of 48 weights takes one limb, and of 49 two', () => {
  expect(codec.layout([3, 48], OPTIONS)[0].shape).toEqual([3, 1, 16]);
  expect(codec.layout([3, 49], OPTIONS)[0].shape).toEqual([3, 2, 16]);
});

test('an ordinary layer becomes all zero, of which the notes warn', () => {
  const random = new KeyedRandom(1, 1);
  const layer = Float32Array.from({ length: 64 * 96 }, () => 0.02 * random.nextNormal());
  const parts = codec.reference.encode(layer, [64, 96], OPTIONS);
  expect(new Set(codec.reference.decode(parts, [64, 96], OPTIONS))).toEqual(new Set([0]));
  expect(meta.notes).toContain('become all zero');
});
