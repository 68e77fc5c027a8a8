import type { RowFormat } from '../ternaryRows/format';
import { BLOCK, halfBytes, TQ_BLOCKS } from '../ternaryRows/tq';

/** Each half of the block: 32 bytes of four codes, of weights 32 apart. */
const PLACES = Array.from({ length: BLOCK }, (_, element) => ({
  byte: 32 * Math.floor(element / 128) + (element % 32),
  shift: 2 * Math.floor((element % 128) / 32),
}));

/** TQ2_0: two bits per weight, trit + 1. */
export const TQ2: RowFormat = {
  ...TQ_BLOCKS,
  kernel: 'tq2',
  unitBytes: 66,
  pack(trits, scaleBits) {
    const bytes = new Array<number>(BLOCK / 4).fill(0);
    PLACES.forEach(({ byte, shift }, e) => (bytes[byte] |= (trits[e] + 1) << shift));
    return [...bytes, ...halfBytes(scaleBits)];
  },
  unpack: (bytes) => PLACES.map(({ byte, shift }) => ((bytes[byte] >> shift) & 3) - 1),
};
