import { leastReaching } from '../../../../kit/ternaryBlocks/cut';
import { largestMagnitude } from '../../../../kit/ternaryBlocks/scale';
import type { RowFormat } from '../../../../kit/ternaryBlocks/format';

/** Trits of a number: 3⁸ = 6561 fits 13 bits. */
const TRITS = 8;

/** t81lib's row helper: trits of w ÷ max|row|, eight of them as one number in two bytes; +1 is digit 0, 0 is 1, −1 is 2. */
export const T81_ROW: RowFormat = {
  kernel: 't81Row',
  unitWeights: TRITS,
  unitBytes: 2,
  scales: 'row',
  choose(values, threshold) {
    const scale = largestMagnitude(values);
    if (scale === 0) return { scale, cut: Infinity };
    const share = Math.fround(threshold);
    return { scale, cut: leastReaching(share * scale, (w) => Math.fround(w / scale) >= share) };
  },
  pack(trits) {
    let number = 0;
    for (let i = TRITS - 1; i >= 0; i--) number = 3 * number + (1 - trits[i]);
    return [number & 0xff, number >> 8];
  },
  unpack(bytes) {
    const number = bytes[0] | (bytes[1] << 8);
    return Array.from({ length: TRITS }, (_, i) => 1 - (Math.floor(number / 3 ** i) % 3));
  },
  errorBound: ({ threshold }) => {
    const share = Math.max(threshold, 1 - threshold);
    return (largest) => share * largest;
  },
};
