import type { ModelShape } from '../../models/architecture';

/** The shape of a matrix, [out, in]. */
type Matrix = readonly [rows: number, columns: number];

/** The dimensions of a decoder-only language model that the published estimate uses. */
export interface Dimensions {
  layers: number;
  width: number;
  vocabulary: number;
}

/** The published estimate of a model's bytes in float16, 8 bits and 4 bits. 4 bits include a flat 10 % for scales. */
export interface PublishedEstimate {
  parameters: number;
  float16: number;
  int8: number;
  int4: number;
  /** float16 ÷ int4. */
  ratio: number;
}

/** Bytes of a parameter in 4 bits by the estimate: 0.5 bytes and a tenth more. */
const INT4_BYTES = 0.5 * 1.1;

/**
 * Computes the estimate of Sparse (https://github.com/gagansuie/sparse, core/quantization.py): parameters = L·12h² +
 * 2·V·h, as if every model had four attention matrices h × h, an MLP of width 4h and an untied head, and no positions,
 * biases or norms.
 */
export function publishedEstimate({ layers, width, vocabulary }: Dimensions): PublishedEstimate {
  const parameters = layers * 12 * width ** 2 + 2 * vocabulary * width;
  const [float16, int8, int4] = [2 * parameters, parameters, INT4_BYTES * parameters];
  return { parameters, float16, int8, int4, ratio: float16 / int4 };
}

/** A published storage format, with all its metadata. */
export interface Scheme {
  label: string;
  /** The size of the published estimate that it is compared with. */
  estimated: 'float16' | 'int8' | 'int4';
  /** Returns the bits that a matrix takes. */
  bits(matrix: Matrix): number;
}

interface GroupedOptions {
  bits: number;
  group: number;
  zeroPoint?: boolean;
  /** Stores the group of every input channel as an int32 (`g_idx`). */
  actOrder?: boolean;
}

/** Counts the bits of GPTQ and AWQ: a float16 scale for each group of a row, and a zero point of the width of a code. */
export function groupedBits(matrix: Matrix, { bits, group, zeroPoint, actOrder }: GroupedOptions): number {
  const [rows, columns] = matrix;
  const groups = rows * Math.ceil(columns / group);
  return bits * rows * columns + (16 + (zeroPoint ? bits : 0)) * groups + (actOrder ? 32 * columns : 0);
}

/**
 * Counts the bits of bitsandbytes' NF4 over the flattened matrix: float32 maxima of blocks of 64, or 8-bit ones with a
 * float32 for each 256.
 */
function nf4Bits([rows, columns]: Matrix, double: boolean): number {
  const weights = rows * columns;
  const blocks = Math.ceil(weights / 64);
  return 4 * weights + (double ? 8 * blocks + 32 * Math.ceil(blocks / 256) : 32 * blocks);
}

/** Counts the bits of LLM.int8() without outlier columns: a float32 scale for each row. */
export function llmInt8Bits([rows, columns]: Matrix): number {
  return 8 * rows * columns + 32 * rows;
}

/** Counts the bits of GGUF's blocks of whole bytes along the flattened matrix (ggml-common.h). */
function ggufBits([rows, columns]: Matrix, type: 'Q4_0' | 'Q4_K' | 'Q8_0'): number {
  const { weights, bytes } = {
    Q4_0: { weights: 32, bytes: 18 },
    Q4_K: { weights: 256, bytes: 144 },
    Q8_0: { weights: 32, bytes: 34 },
  }[type];
  return 8 * bytes * Math.ceil((rows * columns) / weights);
}

/** The formats that presets of GPTQ, AWQ and bitsandbytes write, and GGUF's beside them. */
export const SCHEMES = {
  float16: { label: 'float16', estimated: 'float16', bits: ([rows, columns]) => 16 * rows * columns },
  'gptq-128': gptq(128),
  'gptq-256': gptq(256),
  'gptq-512': gptq(512),
  'gptq-128-act-order': gptq(128, true),
  'awq-128': awq(128),
  'awq-256': awq(256),
  nf4: { label: 'bitsandbytes NF4, block 64', estimated: 'int4', bits: (m) => nf4Bits(m, false) },
  'nf4-double': {
    label: 'bitsandbytes NF4, double quantisation',
    estimated: 'int4',
    bits: (m) => nf4Bits(m, true),
  },
  'llm-int8': { label: 'LLM.int8(), no outliers', estimated: 'int8', bits: llmInt8Bits },
  Q4_0: { label: 'GGUF Q4_0', estimated: 'int4', bits: (m) => ggufBits(m, 'Q4_0') },
  Q4_K: { label: 'GGUF Q4_K', estimated: 'int4', bits: (m) => ggufBits(m, 'Q4_K') },
  Q8_0: { label: 'GGUF Q8_0', estimated: 'int8', bits: (m) => ggufBits(m, 'Q8_0') },
} as const satisfies Record<string, Scheme>;

export type SchemeName = keyof typeof SCHEMES;

function gptq(group: number, actOrder = false): Scheme {
  return {
    label: `GPTQ 4-bit, group ${group}${actOrder ? ', act-order with g_idx' : ''}`,
    estimated: 'int4',
    bits: (matrix) => groupedBits(matrix, { bits: 4, group, actOrder }),
  };
}

function awq(group: number): Scheme {
  return {
    label: `AWQ 4-bit, group ${group}, zero points`,
    estimated: 'int4',
    bits: (matrix) => groupedBits(matrix, { bits: 4, group, zeroPoint: true }),
  };
}

/** Bits per weight in a matrix whose groups and blocks are whole. */
export function longRowBits(scheme: Scheme): number {
  const long: Matrix = [4096, 4096];
  return scheme.bits(long) / (long[0] * long[1]);
}

/** The size of a model in a storage format. */
export interface TrueSize {
  /** Bits per weight of the block matrices alone. */
  bitsPerCodedWeight: number;
  /** The whole model: matrices of the blocks in the scheme, everything else in float16. */
  bytes: number;
}

/** Computes the size from the shapes of the model's tensors, without a file header. A tied embedding counts once. */
export function trueSize({ tensors, parameters }: ModelShape, scheme: Scheme): TrueSize {
  const coded = tensors.filter(({ role }) => role === 'attention' || role === 'mlp');
  const weights = coded.reduce((sum, { matrix: [rows, columns] }) => sum + rows * columns, 0);
  const bits = coded.reduce((sum, { matrix }) => sum + scheme.bits(matrix), 0);
  return { bitsPerCodedWeight: bits / weights, bytes: (bits + 16 * (parameters - weights)) / 8 };
}

/** Returns the dimensions that the estimate uses; undefined for a model that is not a language model. */
export function dimensionsOf({ task, program, width, vocabulary }: ModelShape): Dimensions | undefined {
  if (task !== 'language-model') return undefined;
  return { layers: program.blocks.length, width, vocabulary };
}
