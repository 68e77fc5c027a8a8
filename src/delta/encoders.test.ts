import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floatsToBfloat16s, floatsToHalves } from '../base/float16';
import { KeyedRandom } from '../base/random';
import type { Dtype } from '../formats/dtypes';
import { toFloat32 } from '../formats/safetensors/read';
import { chooseDelta, type EncoderChoice } from './choose';
import { deltaEncoders } from './encoder';
import type { TensorPair } from './pair';

const EXACT: EncoderChoice = { exact: true, maxError: 0, seed: 1 };
const LOSSY: EncoderChoice = { exact: false, maxError: 0.05, seed: 1 };

function stored(values: Float32Array, dtype: Dtype): Uint8Array {
  const words =
    dtype === 'F16' ? floatsToHalves(values) : dtype === 'BF16' ? floatsToBfloat16s(values) : values;
  return new Uint8Array(words.buffer.slice(0) as ArrayBuffer);
}

const normal = (count: number, scale: number, stream: number) => {
  const random = new KeyedRandom(5, stream);
  return Float32Array.from({ length: count }, () => scale * random.nextNormal());
};

/** A pair [64, 96] whose difference is given. */
function pairOf(difference: (i: number) => number, dtype: Dtype = 'F32'): TensorPair {
  const shape = [64, 96];
  const base = normal(64 * 96, 0.05, 1);
  const tuned = base.map((value, i) => value + difference(i));
  return { name: 'w', dtype, shape, base: stored(base, dtype), tuned: stored(tuned, dtype) };
}

const noise = normal(64 * 96, 0.002, 2);
const dense = (i: number) => noise[i];
const few = (i: number) => (i % 200 === 7 ? noise[i] : 0);

describe('every encoder', () => {
  test.each([...deltaEncoders.values()])('$id restores what it says', async (encoder) => {
    for (const dtype of ['F32', 'F16', 'BF16'] as const)
      for (const difference of [dense, few, () => 0]) {
        const pair = pairOf(difference, dtype);
        const encoded = await encoder.encode(pair, { maxError: 0.99, seed: 1 });
        if (!encoded) continue;
        const { parts, settings = {} } = encoded;
        const { base, shape } = pair;
        const restored = encoder.decode({
          parts: new Map(Object.entries(parts)),
          settings,
          dtype,
          shape,
          base,
        });
        expect(restored.length).toBe(pair.tuned.length);
        if (encoder.isExact) expect(Buffer.compare(restored, pair.tuned)).toBe(0);
        else expect(toFloat32({ dtype, bytes: restored }).every(Number.isFinite)).toBe(true);
      }
  });

  test('exact ones restore any bits, NaN among them, of any type', async () => {
    const dtypes = ['F32', 'BF16', 'F16', 'I64', 'U8', 'BOOL', 'F8_E4M3'] as const;
    const bytes = fc
      .uint8Array({ minLength: 16, maxLength: 80 })
      .map((list) => list.subarray(0, 8 * (list.length >> 3)));
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.constantFrom(...dtypes),
        fc.array(fc.tuple(fc.nat(79), fc.nat(255))),
        async (base, dtype, edits) => {
          const tuned = base.slice();
          for (const [at, value] of edits) tuned[at % tuned.length] = value;
          const shape = [base.length];
          for (const encoder of deltaEncoders.values()) {
            if (!encoder.isExact) continue;
            const encoded = await encoder.encode({ name: 'w', dtype, shape, base, tuned }, EXACT);
            if (!encoded) continue;
            const { parts, settings = {} } = encoded;
            const restored = encoder.decode({
              parts: new Map(Object.entries(parts)),
              settings,
              dtype,
              shape,
              base,
            });
            expect(Buffer.compare(restored, tuned)).toBe(0);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('the choice', () => {
  const encoderOf = async (pair: TensorPair, choice: EncoderChoice) =>
    (await chooseDelta(pair, choice)).encoder;

  test('follows the difference', async () => {
    expect(
      await encoderOf(
        pairOf(() => 0),
        EXACT,
      ),
    ).toBe('zero');
    expect(['bitmap', 'gaps']).toContain(await encoderOf(pairOf(few), EXACT));
    expect(['xor', 'difference']).toContain(await encoderOf(pairOf(dense, 'BF16'), EXACT));
    expect(await encoderOf(pairOf(dense), LOSSY)).toMatch(/^int8/);
    const lowRank = pairOf((i) => 0.01 * Math.sin(Math.floor(i / 96)) * Math.cos(i % 96));
    expect(await encoderOf(lowRank, LOSSY)).toBe('svd');
    const signs = pairOf((i) => (noise[i] < 0 ? -0.001 : 0.001));
    expect(await encoderOf(signs, LOSSY)).toBe('bitdelta');
  });

  test('holds the limit of the error, and takes fewer bytes than the exact one', async () => {
    const pair = pairOf(dense);
    const [lossy, exact] = [await chooseDelta(pair, LOSSY), await chooseDelta(pair, EXACT)];
    expect(lossy.error).toBeLessThanOrEqual(0.05);
    expect(lossy.bytes).toBeLessThan(exact.bytes / 2);
    expect(exact).toMatchObject({ error: 0 });
    expect(Buffer.compare(exact.restored, pair.tuned)).toBe(0);
  });

  test('a scale of BitDelta is the mean magnitude, by hand', async () => {
    const pair: TensorPair = {
      name: 'w',
      dtype: 'F32',
      shape: [4],
      base: stored(new Float32Array(4), 'F32'),
      tuned: stored(Float32Array.of(1, -2, 3, -6), 'F32'),
    };
    const { restored, error } = await chooseDelta(pair, { ...LOSSY, encoders: ['bitdelta'] });
    expect([...toFloat32({ dtype: 'F32', bytes: restored })]).toEqual([3, -3, 3, -3]);
    expect(error).toBeCloseTo(Math.sqrt(14 / 50), 12);
  });

  test('DARE keeps about a tenth, times ten, and is only used where it is named', async () => {
    const pair = pairOf(() => 0.5);
    const { restored } = await chooseDelta(pair, { ...LOSSY, encoders: ['dare'] });
    const before = toFloat32({ dtype: 'F32', bytes: pair.base });
    const found = toFloat32({ dtype: 'F32', bytes: restored }).map((value, i) => value - before[i]);
    const kept = found.filter((value) => Math.abs(value) > 1e-6);
    expect(kept.length / found.length).toBeGreaterThan(0.08);
    expect(kept.length / found.length).toBeLessThan(0.12);
    expect(kept.every((value) => Math.abs(value - 5) < 0.01)).toBe(true);
  });

  test('NaN is refused by name unless every bit is kept', async () => {
    const pair = pairOf((i) => (i === 5 ? NaN : dense(i)));
    await expect(chooseDelta(pair, LOSSY)).rejects.toThrow(
      /^Element 5 of tensor w is .* NaN in the fine-tuned/,
    );
    expect(await encoderOf(pair, EXACT)).toMatch(/xor|difference/);
  });

  test('unknown encoders, and lossy ones beside --exact, are refused', async () => {
    await expect(chooseDelta(pairOf(few), { ...LOSSY, encoders: ['zip'] })).rejects.toThrow(
      'no encoder "zip"',
    );
    await expect(chooseDelta(pairOf(few), { ...EXACT, encoders: ['int8'] })).rejects.toThrow(
      'int8 does not restore every bit',
    );
  });
});
