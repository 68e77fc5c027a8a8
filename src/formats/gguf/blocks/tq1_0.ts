import { defineTernaryBlock, TERNARY_BLOCK, type TritLayout } from '../ternaryBlock';

/** Runs of bytes that hold `digits` trits each: digit n of byte m is trit `first` + n·`bytes` + m of the block. */
const RUNS = [
  { at: 0, bytes: 32, digits: 5, first: 0 },
  { at: 32, bytes: 16, digits: 5, first: 160 },
  { at: 48, bytes: 4, digits: 4, first: 240 },
] as const;
const CODE_BYTES = 52;

const DIGITS = 5;
/** A byte holds five base-3 digits as a fraction of 3⁵ = 243, highest first; with four digits the last is 0. */
const PARTS = 3 ** DIGITS;

/**
 * Trits + 1 as base-3 digits. A byte is ⌈code · 256 ÷ 243⌉, so that multiplications alone extract its digits.
 * Source: ggml, quantize_row_tq1_0_ref and dequantize_row_tq1_0.
 */
export const TQ1_TRITS: TritLayout = {
  codeBytes: CODE_BYTES,

  pack(trits) {
    const packed = new Uint8Array(CODE_BYTES);
    for (const { at, bytes, digits, first } of RUNS)
      for (let m = 0; m < bytes; m++) {
        let code = 0;
        for (let n = 0; n < digits; n++) code = code * 3 + trits[first + n * bytes + m] + 1;
        code *= 3 ** (DIGITS - digits);
        packed[at + m] = Math.ceil((code * 256) / PARTS);
      }
    return packed;
  },

  unpack(packed) {
    const trits = new Int8Array(TERNARY_BLOCK);
    for (const { at, bytes, digits, first } of RUNS)
      for (let m = 0; m < bytes; m++) {
        let rest = packed[at + m];
        for (let n = 0; n < digits; n++) {
          trits[first + n * bytes + m] = ((rest * 3) >>> 8) - 1;
          rest = (rest * 3) & 255;
        }
      }
    return trits;
  },
};

export default defineTernaryBlock(TQ1_TRITS, { id: 34, name: 'TQ1_0' });
