import { defineAffineBlock } from '../affineBlock';

/**
 * A block holds 32 values x ≈ d · code + m: d and m as float16, then the codes 0 … 15 as in Q4_0. Source: ggml,
 * quantize_row_q4_1_ref.
 */
export default defineAffineBlock({ id: 3, name: 'Q4_1', bits: 4 });
