import type { MatrixShape } from '../../contract/codec';
import { groupColumns } from '../../contract/options';
import { part, type PartsOf } from '../../contract/parts';
import { bitstreamBytes } from '../bits';

/** The clip search tries the ranges (32 − k)/32 of the group's own for k = 0 … 24. */
const CLIP_CANDIDATES = 25;
export const CLIP_STEPS = 32;

/** The options that shape a uniform grid. */
export interface UniformGridOptions {
  bits: number;
  /** Columns that share a scale, or `row`. */
  group: string;
  scheme: 'symmetric' | 'asymmetric';
  clip: boolean;
}

/** The sizes and options of one matrix that packing and kernels need. */
export interface UniformGridLayout {
  rows: number;
  columns: number;
  bits: number;
  /** Columns that share a scale; the last group of a row may be shorter. */
  group: number;
  groupsPerRow: number;
  asymmetric: boolean;
  /** The largest |q| of a symmetric grid, 2^(bits−1) − 1, or the largest code of an asymmetric one, 2^bits − 1. */
  levels: number;
  /** Ranges tried per group: 1 without clip search. */
  candidates: number;
  /** Bytes of one row of codes, a multiple of 4, so that every row begins at a whole word. */
  rowBytes: number;
}

export function uniformGridLayout(
  [rows, columns]: MatrixShape,
  { bits, group: groupOption, scheme, clip }: UniformGridOptions,
): UniformGridLayout {
  const asymmetric = scheme === 'asymmetric';
  const group = groupColumns(groupOption, columns);
  return {
    rows,
    columns,
    bits,
    group,
    groupsPerRow: Math.ceil(columns / group),
    asymmetric,
    levels: asymmetric ? 2 ** bits - 1 : 2 ** (bits - 1) - 1,
    candidates: clip ? CLIP_CANDIDATES : 1,
    rowBytes: bitstreamBytes(columns, bits),
  };
}

/**
 * Defines the parts. `codes` U8 [out, row bytes]: each row is a little-endian stream of codes, padded to 4 bytes;
 * code = q + 2^(bits−1), or q + zero point. `scales` F16 [out, groups per row]. `zeros` U8 (asymmetric only): one stream of
 * all zero points, `bits` each, padded to 4 bytes at its end.
 */
export function uniformGridParts(layout: UniformGridLayout) {
  const { rows, columns, groupsPerRow, rowBytes, bits, asymmetric } = layout;
  const zeroBytes = bitstreamBytes(rows * groupsPerRow, bits);
  return {
    codes: part('codes', 'U8', [rows, rowBytes], { symbols: { rows, perRow: columns, bits } }),
    scales: part('scales', 'F16', [rows, groupsPerRow]),
    zeros: asymmetric ? part('scales', 'U8', [zeroBytes]) : undefined,
  };
}

export type UniformGridParts = PartsOf<typeof uniformGridParts>;

/** Bounds |decoded − w| in a group by its maximum |w|: half a step, the rounding of the scale, and the clipped excess. */
export function uniformGridErrorBound(options: UniformGridOptions): (largest: number) => number {
  const { levels, asymmetric, candidates } = uniformGridLayout([1, 1], options);
  const clipped = (candidates - 1) / CLIP_STEPS;
  return (largest) => {
    const range = asymmetric ? 2 * largest : largest;
    const scale = (range / levels) * (1 + 2 ** -11) + 2 ** -25;
    return scale / 2 + range * 2 ** -11 + levels * 2 ** -25 + clipped * largest;
  };
}
