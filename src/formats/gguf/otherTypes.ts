import type { BlockLayout } from './blockType';

/**
 * ggml types whose layout is known but which this program does not decode. Their files can be opened and listed, and
 * errors can name the type. The sizes are from ggml-common.h of https://github.com/ggml-org/llama.cpp.
 */
const ROWS: readonly [id: number, name: string, blockSize: number, blockBytes: number][] = [
  [15, 'Q8_K', 256, 292],
  [16, 'IQ2_XXS', 256, 66],
  [17, 'IQ2_XS', 256, 74],
  [18, 'IQ3_XXS', 256, 98],
  [19, 'IQ1_S', 256, 50],
  [21, 'IQ3_S', 256, 110],
  [22, 'IQ2_S', 256, 82],
  [24, 'I8', 1, 1],
  [25, 'I16', 1, 2],
  [26, 'I32', 1, 4],
  [27, 'I64', 1, 8],
  [28, 'F64', 1, 8],
  [29, 'IQ1_M', 256, 56],
  [39, 'MXFP4', 32, 17],
];

export const otherTypes: readonly BlockLayout[] = ROWS.map(([id, name, blockSize, blockBytes]) => ({
  id,
  name,
  blockSize,
  blockBytes,
}));
