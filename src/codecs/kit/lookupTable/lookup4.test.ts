import { describe, expect, test } from 'vitest';
import fp4Codec from '../../methods/lookup/fp4/codec';
import nf4Codec from '../../methods/lookup/nf4/codec';
import { partOf } from '../../../testing/parts';
import { DYNAMIC_MAP, nearestDynamicCode, nestAbsmax, unnestAbsmax } from './absmax';
import { FP4, NF4 } from './tables';

/** The error of the float32 quantile function from which the published NF4 levels were computed. */
const QUANTILE_TOLERANCE = 2e-6;
const { reference: nf4 } = nf4Codec;
const { reference: fp4 } = fp4Codec;
const options = { block: 16, double: false };

/** Computes a quantile of the standard normal distribution by bisection. */
function normalQuantile(p: number): number {
  let [low, high] = [-6, 6];
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Computes Φ(x) = ½ + φ(x)·Σ x^(2n+1) ÷ (1·3·…·(2n+1)). */
function normalCdf(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) sum += term *= (x * x) / (2 * n + 1);
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

describe('tables', () => {
  test('NF4 levels are the normal quantiles of the QLoRA paper', () => {
    const offset = 1 - (1 / 32 + 1 / 30) / 2;
    const quantiles = (parts: number) =>
      Array.from({ length: parts }, (_, i) => normalQuantile(offset + ((0.5 - offset) * i) / parts));
    const levels = [...quantiles(8), 0, ...quantiles(7).map((q) => -q)].sort((a, b) => a - b);
    levels.forEach((level, i) =>
      expect(Math.abs(level / levels[15] - NF4.levels[i])).toBeLessThan(QUANTILE_TOLERANCE),
    );
  });

  test('NF4 boundaries are those of bitsandbytes', () => {
    const published = [
      -0.8480964004993439, -0.6106329262256622, -0.4599952697753906, -0.33967943489551544,
      -0.23460740596055984, -0.13791173323988914, -0.045525018125772476, 0.03979014977812767,
      0.1202552504837513, 0.2035212516784668, 0.2920137718319893, 0.3893125355243683, 0.5016634166240692,
      0.6427869200706482, 0.8614784181118011,
    ];
    expect([...NF4.boundaries]).toEqual(published.map(Math.fround));
  });

  test('FP4 levels and codes are those of bitsandbytes', () => {
    const published = [0, 5.208333333e-3, 0.66666667, 1, 0.33333333, 0.5, 0.16666667, 0.25];
    expect([...FP4.levels.subarray(0, 8)]).toEqual(published.map(Math.fround));
    expect([...FP4.levels.subarray(9)]).toEqual(published.slice(1).map((level) => Math.fround(-level)));
    const ranked = [...FP4.codes].map((code) => FP4.levels[code]);
    expect(ranked).toEqual([...ranked].sort((a, b) => a - b));
    // Each boundary is the midpoint of its two levels, to the digits that bitsandbytes writes.
    FP4.boundaries.forEach((boundary, i) =>
      expect(Math.abs(boundary - (ranked[i] + ranked[i + 1]) / 2)).toBeLessThan(1e-6),
    );
  });
});

describe('codes', () => {
  const encode = (codec: typeof nf4, values: number[]) =>
    codec.encode(Float32Array.from(values), [1, values.length], options);

  test('two codes per byte, the first in the high nibble, padded with zeros', () => {
    const parts = encode(nf4, [1, -1, 0, 0.5626, -0.0911]);
    expect([...partOf(parts, 'codes')]).toEqual([0xf0, 0x7d, 0x60, 0]);
    expect([...new Float32Array(partOf(parts, 'absmax').slice().buffer)]).toEqual([1]);
  });

  test('a weight on a boundary takes the lower level, and with FP4 the smaller magnitude', () => {
    const tie = NF4.boundaries[8];
    expect([...encode(nf4, [1, tie, -1, -tie]).get('codes')!.subarray(0, 2)]).toEqual([0xf8, 0x06]);
    const five = Math.fround(0.4166667);
    // 1 → 0011; 5/12 is between 1/3 (0100) and 1/2 (0101).
    expect([...encode(fp4, [1, five, -1, -five]).get('codes')!.subarray(0, 2)]).toEqual([0x34, 0xbc]);
  });

  test('each code is the nearest of all levels', () => {
    for (const [reference, table] of [
      [nf4, NF4],
      [fp4, FP4],
    ] as const) {
      const values = Float32Array.from({ length: 2000 }, (_, i) => (i === 0 ? 2 : 4 * ((i * 0.618) % 1) - 2));
      const shape = [1, values.length] as const;
      const whole = { block: 2048, double: false };
      const decoded = reference.decode(reference.encode(values, shape, whole), shape, whole);
      values.forEach((w, i) => {
        const nearest = Math.min(...Array.from(table.levels, (level) => Math.abs(2 * level - w)));
        expect(Math.abs(decoded[i] - w)).toBeLessThan(nearest + 2e-6);
      });
    }
  });

  test('blocks run over the flattened matrix', () => {
    const values = Float32Array.from({ length: 24 }, (_, i) => (i < 16 ? 1 : 3));
    const parts = nf4.encode(values, [3, 8], options);
    expect([...new Float32Array(partOf(parts, 'absmax').slice().buffer)]).toEqual([1, 3]);
  });
});

describe('double quantisation', () => {
  test('the dynamic map is that of "8-bit optimizers"', () => {
    expect(DYNAMIC_MAP.length).toBe(256);
    expect(new Set(DYNAMIC_MAP).size).toBe(256);
    expect([...DYNAMIC_MAP]).toEqual([...DYNAMIC_MAP].sort((a, b) => a - b));
    // Seven negative decades of 1 … 64 values, then 0: the top decade has steps of 0.9/64 from 0.1.
    const known: [number, number][] = [
      [0, -0.99296875],
      [63, -0.10703125],
      [64, -0.0985937],
      [126, -5.5e-7],
      [127, 0],
      [128, 5.5e-7],
      [129, 3.25e-6],
      [130, 7.75e-6],
      [191, 0.10703125],
      [254, 0.99296875],
      [255, 1],
    ];
    for (const [index, value] of known) expect(DYNAMIC_MAP[index]).toBeCloseTo(value, 7);
  });

  test('codes are the nearest level', () => {
    for (let x = -1; x <= 1; x += 0.00137) {
      const nearest = Math.min(...Array.from(DYNAMIC_MAP, (level) => Math.abs(level - x)));
      expect(Math.abs(DYNAMIC_MAP[nearestDynamicCode(x)] - x)).toBe(nearest);
    }
  });

  test('maxima err by less than half a step of their block of 256', () => {
    const absmax = Float32Array.from(
      { length: 600 },
      (_, i) => 0.1 + ((i * 0.618) % 1) * (i < 256 ? 1 : 0.01),
    );
    const nested = nestAbsmax(absmax);
    expect(nested.scales.length).toBe(3);
    expect(nested.offset).toBeCloseTo(absmax.reduce((a, b) => a + b) / 600, 6);
    unnestAbsmax(nested).forEach((value, i) => {
      const scale = nested.scales[Math.floor(i / 256)];
      expect(Math.abs(value - absmax[i])).toBeLessThanOrEqual((0.9 / 128) * scale + 1e-7);
    });
  });

  test('zero blocks stay zero', () => {
    const values = new Float32Array(48).fill(0.5, 16, 32);
    const nested = { block: 16, double: true };
    for (const reference of [nf4, fp4]) {
      const decoded = reference.decode(reference.encode(values, [1, 48], nested), [1, 48], nested);
      expect(decoded.filter((w, i) => (i < 16 || i >= 32) && w !== 0)).toHaveLength(0);
    }
  });
});
