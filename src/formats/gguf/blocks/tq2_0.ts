import { defineTernaryBlock, TERNARY_BLOCK, type TritLayout } from '../ternaryBlock';

const CODE_BYTES = 64;
/** Bytes in a chunk of 128 trits: bits 2n and 2n + 1 of byte m hold trit 32n + m of the chunk. */
const CHUNK = 32;

/** Trits + 1 in two bits each. Source: ggml, quantize_row_tq2_0_ref and dequantize_row_tq2_0. */
export const TQ2_TRITS: TritLayout = {
  codeBytes: CODE_BYTES,

  pack(trits) {
    const packed = new Uint8Array(CODE_BYTES);
    for (let b = 0; b < CODE_BYTES; b++)
      for (let n = 0; n < 4; n++) packed[b] |= (trits[position(b, n)] + 1) << (2 * n);
    return packed;
  },

  unpack(packed) {
    const trits = new Int8Array(TERNARY_BLOCK);
    for (let b = 0; b < CODE_BYTES; b++)
      for (let n = 0; n < 4; n++) trits[position(b, n)] = ((packed[b] >>> (2 * n)) & 3) - 1;
    return trits;
  },
};

export default defineTernaryBlock(TQ2_TRITS, { id: 35, name: 'TQ2_0' });

/** Returns the index in the block of the trit in bits 2n and 2n + 1 of byte `b`. */
function position(b: number, n: number): number {
  const m = b % CHUNK;
  return (b - m) * 4 + CHUNK * n + m;
}
