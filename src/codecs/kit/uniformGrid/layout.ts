import { bitstreamBytes } from '../bits';
import type { MatrixShape } from '../../contract/codec';
import type { PartLayout } from '../../contract/parts';
import type { CodecOptions } from '../../contract/meta';

/** Ranges the clip search tries: (32 − k)/32 of the group's own for k = 0 … 24. */
const CLIP_CANDIDATES = 25;
export const CLIP_STEPS = 32;

/** Everything packing and kernels need to know of one matrix. */
export interface RtnLayout {
  rows: number;
  columns: number;
  bits: number;
  /** Columns that share a scale; the last group of a row may be shorter. */
  group: number;
  groupsPerRow: number;
  asymmetric: boolean;
  /** Symmetric: the largest |q|, 2^(bits−1) − 1. Asymmetric: the largest code, 2^bits − 1. */
  levels: number;
  /** Ranges tried per group: 1 without clip search. */
  candidates: number;
  /** Bytes of one row of codes, a multiple of 4: any row, and any code in it, is one address computation away. */
  rowBytes: number;
}

export function rtnLayout([rows, columns]: MatrixShape, options: CodecOptions): RtnLayout {
  const bits = Number(options.bits);
  const asymmetric = options.scheme === 'asymmetric';
  const group = options.group === 'row' ? columns : Math.min(Number(options.group), columns);
  return {
    rows,
    columns,
    bits,
    group,
    groupsPerRow: Math.ceil(columns / group),
    asymmetric,
    levels: asymmetric ? 2 ** bits - 1 : 2 ** (bits - 1) - 1,
    candidates: options.clip ? CLIP_CANDIDATES : 1,
    rowBytes: bitstreamBytes(columns, bits),
  };
}

/**
 * `codes` U8 [out, row bytes]: each row a little-endian stream of codes, padded to 4 bytes; code = q + 2^(bits−1), or
 * q + zero point. `scales` F16 [out, groups per row]. `zeros` U8 (asymmetric only): one stream of all zero points,
 * `bits` each, padded to 4 bytes at its end.
 */
export function rtnParts(layout: RtnLayout): PartLayout[] {
  const { rows, columns, groupsPerRow, rowBytes, bits } = layout;
  const symbols = { rows, perRow: columns, bits };
  const parts: PartLayout[] = [
    { suffix: 'codes', kind: 'codes', dtype: 'U8', shape: [rows, rowBytes], symbols },
    { suffix: 'scales', kind: 'scales', dtype: 'F16', shape: [rows, groupsPerRow] },
  ];
  if (layout.asymmetric)
    parts.push({
      suffix: 'zeros',
      kind: 'scales',
      dtype: 'U8',
      shape: [bitstreamBytes(rows * groupsPerRow, bits)],
    });
  return parts;
}

/** Largest |decoded − w| for a group with maximum |w|: half a step, the rounding of the scale, what clipping cuts off. */
export function rtnErrorBound(options: CodecOptions): (largest: number) => number {
  const { levels, asymmetric, candidates } = rtnLayout([1, 1], options);
  const cut = (candidates - 1) / CLIP_STEPS;
  return (largest) => {
    const range = asymmetric ? 2 * largest : largest;
    const scale = (range / levels) * (1 + 2 ** -11) + 2 ** -25;
    return scale / 2 + range * 2 ** -11 + levels * 2 ** -25 + cut * largest;
  };
}
