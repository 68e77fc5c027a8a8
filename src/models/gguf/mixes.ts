/** A matrix inside a block of the model, as llama-quantize's rules see it. */
export interface MixedMatrix {
  /** Its name in GGUF inside the block, such as `attn_v`. */
  name: string;
  /** Index of its block, and the number of blocks. */
  block: number;
  blocks: number;
  /** Number of query heads that share a key and value head. */
  sharing: number;
}

/** Returns the block type of a matrix that does not have that of the file, otherwise undefined. */
export type Mix = (matrix: MixedMatrix) => string | undefined;

/** Which blocks get more bits, `use_more_bits`: the first eighth, the last eighth, and every third between. */
function hasMoreBits({ block, blocks }: MixedMatrix): boolean {
  const eighth = Math.floor(blocks / 8);
  return block < eighth || block >= Math.floor((7 * blocks) / 8) || (block - eighth) % 3 === 2;
}

const moreBits = (type: string) => (matrix: MixedMatrix) => (hasMoreBits(matrix) ? type : undefined);
const always = (type: string) => () => type;
/** The type of the first blocks, one in `part`. */
const first = (part: number, type: string, rest?: string) => (matrix: MixedMatrix) =>
  matrix.block < Math.floor(matrix.blocks / part) ? type : rest;
/** The type where at least four query heads share the values, which then take little room. */
const ifShared = (type: string, rest?: string) => (matrix: MixedMatrix) =>
  matrix.sharing >= 4 ? type : rest;

/** Returns a mix from rules for three kinds of matrices. A fused query, key and value matrix follows the rule of values. */
function mix(rules: { value?: Mix; down?: Mix; output?: Mix }): Mix {
  const byName: Record<string, Mix | undefined> = {
    attn_v: rules.value,
    attn_qkv: rules.value,
    ffn_down: rules.down,
    attn_output: rules.output,
  };
  return (matrix) => byName[matrix.name]?.(matrix);
}

/**
 * Which matrices of a file of mixed types have another type than the file: the rules of llama.cpp v0.5.0
 * (`llama_tensor_get_type`) for the architectures of this program. Earlier versions have other rules for fused matrices.
 */
export const MIXES = {
  Q2_K: mix({ value: ifShared('Q4_K', 'Q3_K'), down: always('Q3_K'), output: always('Q3_K') }),
  Q3_K_M: mix({
    value: ({ block }) => (block < 2 ? 'Q5_K' : 'Q4_K'),
    down: first(16, 'Q5_K', 'Q4_K'),
    output: always('Q4_K'),
  }),
  Q3_K_L: mix({ value: always('Q5_K'), down: always('Q5_K'), output: always('Q5_K') }),
  Q4_K_S: mix({ value: ({ block }) => (block < 4 ? 'Q5_K' : undefined), down: first(8, 'Q5_K') }),
  MORE_Q6_K: mix({ value: moreBits('Q6_K'), down: moreBits('Q6_K') }),
  IQ4: mix({ value: ifShared('Q5_K'), down: first(8, 'Q5_K') }),
} satisfies Record<string, Mix>;
