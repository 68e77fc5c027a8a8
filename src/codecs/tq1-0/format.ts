import type { RowFormat } from '../ternaryRows/format';
import { BLOCK, halfBytes, TQ_BLOCKS } from '../ternaryRows/tq';

/** Bytes of trits: 48 of five each, then 4 of four each. */
const TRIT_BYTES = 52;

/** Byte of a weight of the block, and which of its trits. */
function placeOf(element: number): { byte: number; digit: number } {
  const place = (firstByte: number, step: number, index: number) => ({
    byte: firstByte + (index % step),
    digit: Math.floor(index / step),
  });
  if (element < 160) return place(0, 32, element);
  if (element < 240) return place(32, 16, element - 160);
  return place(48, 4, element - 240);
}

const PLACES = Array.from({ length: BLOCK }, (_, element) => placeOf(element));

/**
 * TQ1_0: a byte holds the fraction code ÷ 243 in 256ths, rounded up, so that multiplying by 3 brings out one trit after the
 * other as the integer part; code = Σ (tritₙ + 1) · 3^(4−n).
 */
export const TQ1: RowFormat = {
  ...TQ_BLOCKS,
  kernel: 'tq1',
  unitBytes: 54,
  pack(trits, scaleBits) {
    const codes = new Array<number>(TRIT_BYTES).fill(0);
    PLACES.forEach(({ byte, digit }, e) => (codes[byte] += (trits[e] + 1) * 3 ** (4 - digit)));
    return [...codes.map((code) => Math.floor((code * 256 + 242) / 243)), ...halfBytes(scaleBits)];
  },
  unpack: (bytes) => PLACES.map(({ byte, digit }) => ((((bytes[byte] * 3 ** digit) & 0xff) * 3) >> 8) - 1),
};
