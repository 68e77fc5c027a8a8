import { expect, test } from 'vitest';
import { halfBitsToFloat } from '../../../../base/float16';
import { KeyedRandom } from '../../../../base/random';
import { statistics } from '../../../../calibrate/testing/inputs';
import { readCode } from '../../../kit/bits';
import { completeOptions } from '../../../contract/spec';
import { partOf } from '../../../../testing/parts';
import codec from './codec';
import { ROW_BITS } from './layout';
import meta from './meta';
import { levelValue, nearestLevel, NEXT_STATE, trellisLevels } from './trellis';

const options = (given: Record<string, string | number | boolean>) => completeOptions(meta, given);

test('weights become multiples of the step, halves rounded away from zero', () => {
  // The step option times the root mean square is 1.
  const values = Float32Array.of(2, -2, 2.5, -2.5, 0, Math.sqrt(3.5), -Math.sqrt(7.999), 0.25);
  const rms = Math.sqrt(values.reduce((sum, w) => sum + w * w, 0) / 8);
  const all = options({ rounding: 'nearest', step: 1 / rms });
  const parts = codec.reference.encode(values, [2, 4], all);
  expect([...partOf(parts, 'step')]).toEqual([0x00, 0x3c]);
  expect([...partOf(parts, 'codes')].map((code) => code - 128)).toEqual([2, -2, 3, -3, 0, 2, -3, 0]);
  expect([...codec.reference.decode(parts, [2, 4], all)]).toEqual([2, -2, 3, -3, 0, 2, -3, 0]);
});

test('an outlier widens the step and is not clipped', () => {
  const values = new Float32Array(256).fill(0.01);
  values[7] = 100;
  const all = options({ rounding: 'nearest', step: 0.01 });
  const decoded = codec.reference.decode(codec.reference.encode(values, [4, 64], all), [4, 64], all);
  expect(decoded[7]).toBeCloseTo(100, 1);
});

test('independent inputs of different size get steps inversely proportional to it', () => {
  const random = new KeyedRandom(1, 3);
  const x = Float32Array.from({ length: 4 * 4000 }, (_, i) => 2 ** (i % 4) * random.nextNormal());
  const values = Float32Array.from({ length: 64 }, () => random.nextNormal());
  const parts = codec.reference.encode(values, [16, 4], options({ damping: 0 }), statistics(x, 4, 4000));
  const stream = partOf(parts, 'steps');
  const steps = [0, 1, 2, 3].map(
    (i) => (((stream[0] + 256 * stream[1] + 65536 * stream[2]) / 64 ** i) % 64) | 0,
  );
  // An octave is four codes; their mean is 32.
  expect(steps).toEqual([38, 34, 30, 26]);
});

const rowCodes = (stream: Uint8Array, rows: number) =>
  Array.from({ length: rows }, (_, row) => readCode(stream, 0, row, ROW_BITS));

test('a token that occurs 16 times as often gets a quarter of the step', () => {
  // With the added occurrence the counts are 1, 16, 64, 1, with mean 20.5; two codes are an octave.
  const counts = Float32Array.of(0, 15, 63, 0);
  const values = Float32Array.of(1, -1, 1, -1, 1, -1, 1, -1);
  const all = options({ rounding: 'nearest', rows: 'counts', unseen: 1 });
  const parts = codec.reference.encode(values, [4, 2], all, undefined, counts);
  // −log2(1 ÷ 20.5) = 4.4, −log2(16 ÷ 20.5) = 0.4, −log2(64 ÷ 20.5) = −1.6.
  expect(rowCodes(partOf(parts, 'rows'), 4)).toEqual([20, 16, 14, 20]);
  // Steps 0.5 times 4, 1, ½: 1 rounds to 0.5 of 2, up, and is a multiple of the others.
  const decoded = [...codec.reference.decode(parts, [4, 2], all)];
  expect(decoded).toEqual([2, -2, 1, -1, 1, -1, 2, -2]);
});

test('without counts all rows have one step', () => {
  const all = options({ rounding: 'nearest', rows: 'counts' });
  const parts = codec.reference.encode(Float32Array.of(1, -1, 1, -1), [2, 2], all);
  expect(parts.has('rows')).toBe(false);
});

test('a row that most rows share is stored once', () => {
  const shared = [0.5, -2, 1, 0.25, -1, 3, 0.75, -0.5];
  const random = new KeyedRandom(5, 4);
  const own = Array.from({ length: 400 }, (_, row) => (row % 5 < 2 ? 1 : 0));
  const rows = own.map((each) => shared.map((w) => w + each * random.nextNormal()));
  const shape = [400, 8] as const;
  const values = Float32Array.from(rows.flat());
  const all = options({ rounding: 'nearest' });
  const parts = codec.reference.encode(values, shape, all);
  expect([...new Uint16Array(partOf(parts, 'centre').buffer)].map(halfBitsToFloat)).toEqual(shared);
  const decoded = codec.reference.decode(parts, shape, all);
  own.forEach((each, row) => {
    if (each === 0) expect([...decoded.subarray(8 * row, 8 * row + 8)]).toEqual(shared);
  });
  expect(codec.reference.encode(values, shape, { ...all, centre: false }).has('centre')).toBe(false);
});

test('rows that share nothing have no centre', () => {
  const random = new KeyedRandom(6, 4);
  const values = Float32Array.from({ length: 256 * 16 }, () => random.nextNormal());
  const parts = codec.reference.encode(values, [256, 16], options({ rounding: 'nearest' }));
  expect(parts.has('centre')).toBe(false);
});

test('levels of the trellis: the tables of dependent quantisation', () => {
  // Each state is entered from two states, and the points of both parities interleave.
  for (let state = 0; state < 8; state++)
    expect(NEXT_STATE.flat().filter((to) => to === state)).toHaveLength(2);
  expect([-2, -1, 0, 1, 2].map((k) => levelValue(k, 0))).toEqual([-4, -2, 0, 2, 4]);
  expect([-2, -1, 0, 1, 2].map((k) => levelValue(k, 3))).toEqual([-3, -1, 0, 1, 3]);
  for (let x = -20; x <= 20; x += 0.37)
    for (const state of [0, 1])
      for (const parity of [0, 1]) {
        const all = Array.from({ length: 41 }, (_, i) => i - 20).filter((k) => Math.abs(k) % 2 === parity);
        const nearest = Math.min(...all.map((k) => Math.abs(x - levelValue(k, state))));
        expect(Math.abs(x - levelValue(nearestLevel(x, state, parity), state))).toBeCloseTo(nearest, 12);
      }
});

test('the trellis finds the best of all paths', () => {
  const random = new KeyedRandom(2, 4);
  for (let trial = 0; trial < 20; trial++) {
    const column = Float64Array.from({ length: 5 }, () => 4 * random.nextNormal());
    const cost = (levels: ArrayLike<number>) => {
      let state = 0;
      return column.reduce((sum, x, i) => {
        const error = x - levelValue(levels[i], state);
        state = NEXT_STATE[state][Math.abs(levels[i]) % 2];
        return sum + error * error;
      }, 0);
    };
    let minCost = Infinity;
    for (let path = 0; path < 32; path++) {
      let state = 0;
      const levels = [...column].map((x, i) => {
        const level = nearestLevel(x, state, (path >> i) & 1);
        state = NEXT_STATE[state][(path >> i) & 1];
        return level;
      });
      minCost = Math.min(minCost, cost(levels));
    }
    expect(cost(trellisLevels(column))).toBeCloseTo(minCost, 10);
  }
});

test('on normal weights the trellis lowers the error by a decibel: Marcellin and Fischer 1990 give 1.1 for eight states', () => {
  const random = new KeyedRandom(3, 4);
  const values = Float32Array.from({ length: 128 * 32 }, () => random.nextNormal());
  const error = (trellis: boolean) => {
    const all = options({ rounding: 'nearest', step: 0.25, trellis });
    const decoded = codec.reference.decode(codec.reference.encode(values, [128, 32], all), [128, 32], all);
    return decoded.reduce((sum, value, i) => sum + (value - values[i]) ** 2, 0);
  };
  const decibel = 10 * Math.log10(error(false) / error(true));
  expect(decibel).toBeGreaterThan(1);
  expect(decibel).toBeLessThan(2);
});
