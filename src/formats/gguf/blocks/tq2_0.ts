import { defineTernaryBlock, TERNARY_BLOCK, type TritLayout } from '../ternaryBlock';

const CODE_BYTES = 64;
/** Bytes of a chunk: bits 2n, 2n+1 of its byte m hold trit 32n + m of the chunk's 128. */
const CHUNK = 32;

/** Trits + 1 in two bits each. ggml: quantize_row_tq2_0_ref, dequantize_row_tq2_0. */
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

/** Which trit of the block bits 2n, 2n+1 of byte `b` hold. */
function position(b: number, n: number): number {
  const m = b % CHUNK;
  return (b - m) * 4 + CHUNK * n + m;
}
