import { expect, test } from 'vitest';
import { KeyedRandom, philox4x32 } from './random';

// Known answers: kat_vectors of Random123 (Salmon et al.), philox4x32 with 10 rounds.
const ONES = 0xffffffff;
test.each([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [ONES, ONES, ONES, ONES],
    [ONES, ONES],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as [[number, number, number, number], [number, number], number[]][])(
  'philox4x32-10 of counter %j and key %j',
  (counter, key, expected) => {
    expect(philox4x32(counter, key)).toEqual(expected);
  },
);

test('a value depends only on seed, stream and index, not on the order of the draws', () => {
  const forward = new KeyedRandom(7, 3);
  const words = Array.from({ length: 9 }, () => forward.nextUint32());
  const random = new KeyedRandom(7, 3);
  expect([8, 0, 5, 2].map((i) => random.uint32At(i))).toEqual([8, 0, 5, 2].map((i) => words[i]));
  expect(new KeyedRandom(7, 4).uint32At(0)).not.toBe(words[0]);
  expect(new KeyedRandom(7 + 2 ** 32, 3).uint32At(0)).not.toBe(words[0]);
});

test('uniform and normal draws have the moments of their distributions', () => {
  const random = new KeyedRandom(1);
  const count = 20_000;
  const uniform = Array.from({ length: count }, () => random.nextUniform());
  const normal = Array.from({ length: count }, () => random.nextNormal());
  const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / count;
  const fiveSigma = 5 / Math.sqrt(count);
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...uniform)).toBeLessThan(1);
  expect(Math.abs(mean(uniform) - 0.5)).toBeLessThan(fiveSigma * Math.sqrt(1 / 12));
  expect(Math.abs(mean(normal))).toBeLessThan(fiveSigma);
  expect(Math.abs(mean(normal.map((v) => v * v)) - 1)).toBeLessThan(fiveSigma * Math.SQRT2);
});
