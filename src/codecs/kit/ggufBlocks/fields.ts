import type { BlocksLayout } from './layout';

/** Bits of the codes of a block: `run` values take `run`·`bits` ÷ 8 bytes, and value i of a run the bits of byte i modulo these. */
export interface CodeBits {
  /** The first byte. */
  at: number;
  bits: number;
  run: number;
}

/** How the scales of the groups of a block are packed. */
const SCALES = { none: 0, affine4: 1, affine6: 2, signed6: 3, signed8: 4, split6: 5 } as const;

/** Where the fields of a block are: one description of all types, from which the kernels decode and pack. */
export interface BlockFields {
  /** Values that share a scale. */
  group: number;
  /** Bytes of the float16 scale of the block and of its minimum, if there is one. */
  d: number;
  min?: number;
  /** The low and the high bits of the codes. */
  low: CodeBits;
  high?: CodeBits;
  /** The code of the value 0. */
  zero: number;
  scales: keyof typeof SCALES;
  scalesAt: number;
  /** Whether codes are indices of the unequal levels of IQ4_NL. */
  levels?: true;
}

const nibbles = (at: number, run: number): CodeBits => ({ at, bits: 4, run });
/** The fifth bits of 32 codes as one word. */
const FIFTH_BITS: Omit<CodeBits, 'at'> = { bits: 1, run: 8 };
const small = { group: 32, d: 0, scales: 'none', scalesAt: 0 } as const;

/** The fields of the types of llama.cpp, from ggml-common.h of https://github.com/ggml-org/llama.cpp. */
export const BLOCK_FIELDS: Readonly<Record<string, BlockFields>> = {
  Q4_0: { ...small, low: nibbles(2, 32), zero: 8 },
  Q4_1: { ...small, min: 2, low: nibbles(4, 32), zero: 0 },
  Q5_0: { ...small, low: nibbles(6, 32), high: { at: 2, ...FIFTH_BITS }, zero: 16 },
  Q5_1: { ...small, min: 2, low: nibbles(8, 32), high: { at: 4, ...FIFTH_BITS }, zero: 0 },
  Q8_0: { ...small, low: { at: 2, bits: 8, run: 1 }, zero: 128 },
  IQ4_NL: { ...small, low: nibbles(2, 32), zero: 0, levels: true },
  Q2_K: {
    group: 16,
    d: 80,
    min: 82,
    low: { at: 16, bits: 2, run: 128 },
    zero: 0,
    scales: 'affine4',
    scalesAt: 0,
  },
  Q3_K: {
    group: 16,
    d: 108,
    low: { at: 32, bits: 2, run: 128 },
    high: { at: 0, bits: 1, run: 256 },
    zero: 4,
    scales: 'signed6',
    scalesAt: 96,
  },
  Q4_K: { group: 32, d: 0, min: 2, low: nibbles(16, 64), zero: 0, scales: 'affine6', scalesAt: 4 },
  Q5_K: {
    group: 32,
    d: 0,
    min: 2,
    low: nibbles(48, 64),
    high: { at: 16, bits: 1, run: 256 },
    zero: 0,
    scales: 'affine6',
    scalesAt: 4,
  },
  Q6_K: {
    group: 16,
    d: 208,
    low: nibbles(0, 128),
    high: { at: 128, bits: 2, run: 128 },
    zero: 32,
    scales: 'signed8',
    scalesAt: 192,
  },
  IQ4_XS: { group: 32, d: 0, low: nibbles(8, 32), zero: 0, scales: 'split6', scalesAt: 2, levels: true },
};

/** Returns the pipeline constants by which the kernels know the fields of a type. */
export function fieldConstants({ type, blockSize, blockBytes }: BlocksLayout): Record<string, number> {
  const { group, d, min = d, low, high, zero, scales, scalesAt, levels = false } = BLOCK_FIELDS[type];
  return {
    BLOCK: blockSize,
    BYTES: blockBytes,
    GROUP: group,
    D_AT: d,
    MIN_AT: min,
    LOW_AT: low.at,
    LOW_BITS: low.bits,
    LOW_RUN: low.run,
    HIGH_AT: high?.at ?? 0,
    HIGH_BITS: high?.bits ?? 0,
    HIGH_RUN: high?.run ?? 8,
    ZERO: zero,
    TOP: 2 ** (low.bits + (high?.bits ?? 0)) - 1,
    SCALES: SCALES[scales],
    SCALES_AT: scalesAt,
    LEVELS: Number(levels),
  };
}
