import type { ModelShape } from '../../models/architecture';

/** Canonical [out, in]. */
type Matrix = readonly [rows: number, columns: number];

/** Of a decoder-only language model: what a quick estimate looks at. */
export interface Dimensions {
  layers: number;
  width: number;
  vocabulary: number;
}

/** Bytes of a float16 copy, and of 8- and 4-bit ones; 4 bits carry a flat 10 % for scales. */
export interface PublishedEstimate {
  parameters: number;
  float16: number;
  int8: number;
  int4: number;
  /** float16 ÷ int4. */
  ratio: number;
}

/** Share of float16's bytes that 4 bits are taken to need: 0.5 bytes and a tenth more for each parameter. */
const INT4_BYTES = 0.5 * 1.1;

/**
 * The estimate of Sparse (https://github.com/gagansuie/sparse, core/quantization.py): parameters = L·12h² + 2·V·h, as if
 * every model had four attention matrices h × h, an MLP of width 4h and an untied head, and no positions, biases or norms.
 */
export function publishedEstimate({ layers, width, vocabulary }: Dimensions): PublishedEstimate {
  const parameters = layers * 12 * width ** 2 + 2 * vocabulary * width;
  const [float16, int8, int4] = [2 * parameters, parameters, INT4_BYTES * parameters];
  return { parameters, float16, int8, int4, ratio: float16 / int4 };
}

/** A published storage format: what a matrix takes in it, every byte of metadata included. */
export interface Scheme {
  label: string;
  /** Which of the published estimate's sizes is meant for it. */
  estimated: 'float16' | 'int8' | 'int4';
  /** In a row of `columns` weights and a matrix of `rows` rows. */
  bits(matrix: Matrix): number;
}

interface GroupedOptions {
  bits: number;
  group: number;
  zeroPoint?: boolean;
  /** Stores the group of every input channel as an int32 (`g_idx`). */
  actOrder?: boolean;
}

/** GPTQ and AWQ: a float16 scale for each group of a row, and a zero point of as many bits as a code. */
export function groupedBits(matrix: Matrix, { bits, group, zeroPoint, actOrder }: GroupedOptions): number {
  const [rows, columns] = matrix;
  const groups = rows * Math.ceil(columns / group);
  return bits * rows * columns + (16 + (zeroPoint ? bits : 0)) * groups + (actOrder ? 32 * columns : 0);
}

/** bitsandbytes' NF4 over the flattened matrix: float32 maxima of blocks of 64, or 8-bit ones with a float32 for each 256. */
function nf4Bits([rows, columns]: Matrix, double: boolean): number {
  const weights = rows * columns;
  const blocks = Math.ceil(weights / 64);
  return 4 * weights + (double ? 8 * blocks + 32 * Math.ceil(blocks / 256) : 32 * blocks);
}

/** LLM.int8() without outlier columns: a float32 scale for each row. */
export function llmInt8Bits([rows, columns]: Matrix): number {
  return 8 * rows * columns + 32 * rows;
}

/** GGUF's blocks of whole bytes along the flattened matrix (ggml-common.h). */
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

/** Bits per weight where groups and blocks are whole. */
export function longRowBits(scheme: Scheme): number {
  const long: Matrix = [4096, 4096];
  return scheme.bits(long) / (long[0] * long[1]);
}

/** What a model takes in a scheme. */
export interface TrueSize {
  /** Bits per weight of the block matrices alone. */
  bitsPerCodedWeight: number;
  /** The whole model: matrices of the blocks in the scheme, everything else in float16. */
  bytes: number;
}

/** By the shapes of the model's own tensors; a tied embedding counts once. No file header. */
export function trueSize({ tensors, parameters }: ModelShape, scheme: Scheme): TrueSize {
  const coded = tensors.filter(({ role }) => role === 'attention' || role === 'mlp');
  const weights = coded.reduce((sum, { matrix: [rows, columns] }) => sum + rows * columns, 0);
  const bits = coded.reduce((sum, { matrix }) => sum + scheme.bits(matrix), 0);
  return { bitsPerCodedWeight: bits / weights, bytes: (bits + 16 * (parameters - weights)) / 8 };
}

/** @returns undefined for a model without a vocabulary, which the estimate was not made for */
export function dimensionsOf({ task, program, width, vocabulary }: ModelShape): Dimensions | undefined {
  if (task !== 'language-model') return undefined;
  return { layers: program.blocks.length, width, vocabulary };
}
