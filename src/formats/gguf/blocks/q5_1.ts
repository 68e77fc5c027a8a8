import { defineAffineBlock } from '../affineBlock';

/**
 * A block holds 32 values x ≈ d · code + m: d and m as float16, the fifth bits of the codes 0 … 31 as one word, then their
 * low four bits as in Q4_0. Source: ggml, quantize_row_q5_1_ref.
 */
export default defineAffineBlock({ id: 7, name: 'Q5_1', bits: 5 });
