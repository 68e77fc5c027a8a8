import { Float16Array, getFloat16, setFloat16 } from '@petamoriken/float16';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as f16 from './float16';

const patterns = Uint16Array.from({ length: 65536 }, (_, i) => i);
const view = new DataView(new ArrayBuffer(8));

/** Returns the bits that the reference implementation, @petamoriken/float16, gives. */
function referenceBits(x: number): number {
  setFloat16(view, 0, x);
  return view.getUint16(0);
}

describe('binary16 conversion', () => {
  it('decodes every bit pattern like the reference', () => {
    const expected = Array.from(new Float16Array(patterns.buffer.slice(0)));
    expect(Array.from(f16.halvesToFloats(patterns))).toEqual(expected);
    for (const bits of [0, 0x8000, 1, 0x3ff, 0x400, 0x7bff, 0x7c00, 0xfc00, 0x7e01]) {
      view.setUint16(0, bits);
      expect(f16.halfBitsToFloat(bits)).toBe(getFloat16(view, 0));
    }
  });

  it('encodes every half, and every tie and its neighbours, like the reference', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x7c00; bits++) {
      const low = f16.halfBitsToFloat(bits);
      const high = bits === 0x7bff ? 65536 : f16.halfBitsToFloat(bits + 1);
      const tie = (low + high) / 2;
      for (const x of [low, tie, tie * (1 - 2 ** -50), tie * (1 + 2 ** -50), Math.fround(low * 1.0001)])
        for (const signed of [x, -x])
          if (f16.floatToHalfBits(signed) !== referenceBits(signed)) wrong.push(signed);
    }
    expect(wrong).toEqual([]);
  });

  it('encodes any double like the reference', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.float(), fc.double({ min: -1e5, max: 1e5 })), (x) => {
        expect(f16.floatToHalfBits(x)).toBe(Number.isNaN(x) ? 0x7e00 : referenceBits(x));
      }),
    );
  });

  it('encodes arrays element by element', () => {
    const values = Float32Array.of(0, -0, 1, 65519, 65520, -Infinity, 2 ** -24, 2 ** -25, NaN);
    const expected = [0, 0x8000, 0x3c00, 0x7bff, 0x7c00, 0xfc00, 1, 0, 0x7e00];
    expect(Array.from(f16.floatsToHalves(values))).toEqual(expected);
    expect(f16.roundToHalf(1 + 2 ** -11)).toBe(1);
  });
});

/** Rounds by the textbook definition on float32 bits: add half an ulp minus the parity bit, then truncate. */
function bfloatOfFloat32(x: number): number {
  view.setFloat32(0, x);
  const bits = view.getUint32(0);
  return Number((BigInt(bits) + 0x7fffn + BigInt((bits >>> 16) & 1)) >> 16n);
}

describe('bfloat16 conversion', () => {
  it('decodes and encodes every bit pattern that is a number', () => {
    const decoded = f16.bfloat16sToFloats(patterns);
    for (let bits = 0; bits < 65536; bits++) {
      view.setUint32(0, bits << 16);
      const expected = view.getFloat32(0);
      if (!Object.is(decoded[bits], expected) || !Object.is(f16.bfloat16BitsToFloat(bits), expected))
        expect(decoded[bits]).toBe(expected);
      if (!Number.isNaN(expected) && f16.floatToBfloat16Bits(expected) !== bits) expect(bits).toBe('kept');
    }
    expect(f16.floatToBfloat16Bits(NaN)).toBe(0x7fc0);
  });

  it('rounds float32 to nearest, ties to even', () => {
    const hard = [1 + 2 ** -8, 1 + 3 * 2 ** -8, 3.4028234663852886e38, 2 ** -133, 2 ** -134, 2 ** -134 * 1.5];
    for (const x of [...hard, ...hard.map((v) => -v)])
      expect(f16.floatToBfloat16Bits(x)).toBe(bfloatOfFloat32(x));
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (x) => {
        expect(f16.floatToBfloat16Bits(x)).toBe(bfloatOfFloat32(x));
      }),
    );
  });

  it('rounds doubles in one step', () => {
    // Through float32 this would become the tie 1 + 2⁻⁸ and then 1.
    expect(f16.floatToBfloat16Bits(1 + 2 ** -8 + 2 ** -40)).toBe(0x3f81);
    expect(Array.from(f16.floatsToBfloat16s([1, -2]))).toEqual([0x3f80, 0xc000]);
  });
});
