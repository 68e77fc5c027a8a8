import { smallestReaching } from '../../../../kit/ternaryBlocks/cutoff';
import { largestMagnitude } from '../../../../kit/ternaryBlocks/scale';
import type { RowFormat } from '../../../../kit/ternaryBlocks/format';

/** The number of trits in one number: 3⁸ = 6561 fits 13 bits. */
const TRITS = 8;

/** The format of t81lib's row helper: eight trits of w ÷ max|row| as one number in two bytes, with digit 0 for +1, 1 for 0 and 2 for −1. */
export const T81_ROW: RowFormat = {
  kernel: 't81Row',
  unitWeights: TRITS,
  unitBytes: 2,
  scales: 'row',
  choose(values, threshold) {
    const scale = largestMagnitude(values);
    if (scale === 0) return { scale, cutoff: Infinity };
    const share = Math.fround(threshold);
    return { scale, cutoff: smallestReaching(share * scale, (w) => Math.fround(w / scale) >= share) };
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
