import { expect, test } from 'vitest';
import { partBytes } from '../../../../contract/parts';
import { completeOptions } from '../../../../contract/spec';
import { gaussian } from '../../../../kit/tenpak/testing/values';
import codec from './codec';
import { additiveLayout } from './layout';
import meta from './meta';
import { additiveReference, faithfulStart, updateBooks } from './reference';

const options = (mode = 'faithful') => completeOptions(meta, { mode });

test('5 bits per weight, a ratio of 6.4 against float32', () => {
  const parts = codec.layout([512, 1024], options()).map(partBytes);
  expect(parts).toEqual([2 ** 18, 2 ** 16]);
  expect((4 * 2 ** 19) / (parts[0] + parts[1])).toBe(6.4);
});

test('first codebooks by hand: 0 … 7 has order statistics 0 2 4 6 and a range of 7', () => {
  const { first, second } = faithfulStart(Float32Array.of(7, 0, 2, 1, 3, 5, 4, 6));
  expect(first).toEqual([0, 2, 4, 6]);
  expect(second[0]).toBeCloseTo(-0.7, 6);
  expect(second[1]).toBeCloseTo(-0.7 / 3, 6);
  expect(second[3]).toBeCloseTo(0.7, 6);
});

test('one round by hand', () => {
  // 0 takes first 0 and 0.25 · 3 and 3.5 take first 3, second 0 and ½ …
  const books = { first: [0, 3, 100, 200], second: [0, 0.5, 50, 60] };
  const { pairs, books: next } = updateBooks(Float32Array.of(0, 3.25, 3.75), books);
  // 3.25 is as near to 3 + 0 as to 3 + ½: the lower index. 3.75 takes 3 + ½.
  expect(pairs).toEqual([
    [0, 0],
    [1, 0],
    [1, 1],
  ]);
  // first[1] = mean(3.25 − 0, 3.75 − ½); second[0] = mean(0 − 0, 3.25 − 3.25), second[1] = 3.75 − 3.25.
  expect(next).toEqual({ first: [0, 3.25, 100, 200], second: [0, 0.5, 50, 60] });
});

test('bytes by hand: q1 + 4·q2 + 16·q1′ + 64·q2′', () => {
  // Two weights: order statistics 0 0 1 1 (positions 0, 0, 1, 1), both first entries exact from the first round on.
  const layout = additiveLayout([1, 2], options());
  const parts = additiveReference.encode(Float32Array.of(0, 1), layout);
  const decoded = additiveReference.decode(parts, layout);
  const code = parts.codes[0];
  expect([code & 3, (code >> 4) & 3]).toEqual([0, 2]);
  expect(decoded[0]).toBeCloseTo(0, 3);
  expect(decoded[1]).toBeCloseTo(1, 3);
});

test('corrected errs less at the same bytes', () => {
  const values = gaussian(2 ** 14, 1);
  const error = (mode: string) => {
    const layout = additiveLayout([64, 256], options(mode));
    const decoded = additiveReference.decode(additiveReference.encode(values, layout), layout);
    return decoded.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0) / 2 ** 14;
  };
  expect(error('corrected')).toBeLessThan(error('faithful'));
  // Sixteen free levels could reach 0.009497 (Max 1960); sums of two fours, fitted to 128 weights each, stay near it.
  expect(error('corrected')).toBeLessThan(1.3 * 0.009497);
});
