import type { MatrixShape } from '../../../contract/codec';
import { part, type PartsOf } from '../../../contract/parts';
import type { HeaderField } from '../header';
import { HADAMARD_BLOCK } from './float32';
import { methodOf, type Int4Options, type Method } from './methods';

/** One weight in a thousand is an outlier of int4_ultimate_v1. */
const OUTLIER_SHARE = 1000;

/** The factor of int4_awq_10x_v1, and the one that its reader multiplies by. */
export const ENLARGEMENT = 1.5;
export const REDUCTION = Math.fround(1 / ENLARGEMENT);

/** Everything the family needs to know of one matrix, which is flattened row by row: groups run on across rows. */
export interface Int4Layout extends Omit<Method, 'header'> {
  rows: number;
  columns: number;
  elements: number;
  /** The number of weights that are stored separately. */
  outliers: number;
  header?: readonly HeaderField[];
}

export function int4Layout([rows, columns]: MatrixShape, options: Int4Options): Int4Layout {
  const { header, ...method } = methodOf(options);
  const elements = rows * columns;
  const outliers = header === 'outliers' ? Math.floor(elements / OUTLIER_SHARE) : 0;
  return {
    ...{ ...method, rows, columns, elements, outliers },
    ...(header && { header: headerFields(header, method.codes.group, outliers) }),
  };
}

/** Lists the fields: the group u16, or flags u8 (1 with outliers), group u16 and the count of outliers u32. */
function headerFields(kind: 'group' | 'outliers', group: number, outliers: number): readonly HeaderField[] {
  if (kind === 'group') return [[2, group]];
  return [
    [1, outliers > 0 ? 1 : 0],
    [2, group],
    [4, outliers],
  ];
}

/** Returns a number of elements that makes whole words of every part and whole Hadamard blocks: spans begin at its multiples. */
export function spanAlign(group: number): number {
  return Math.max(2 * group, 2 * HADAMARD_BLOCK);
}

/** Computes the bytes of `count` codes without padding. */
export const bytesOfCodes = (count: number, bits: number): number => Math.ceil((count * bits) / 8);

/**
 * Lists the published parts in their published order, without padding. Groups run over flattened W and are whole bytes, so n codes of
 * b bits take ⌈n·b/8⌉ bytes. `factor` is an addition: without it ×1.5 could not be undone.
 */
export function int4Parts({ elements, outliers, codes, residual, transform, header }: Int4Layout) {
  const groups = Math.ceil(elements / codes.group);
  const bytes = <Kind extends 'codes' | 'tables'>(kind: Kind, length: number) =>
    part(kind, 'U8', [length], { unpadded: true });
  const halves = part('scales', 'F16', [groups]);
  return {
    header:
      header &&
      bytes(
        'tables',
        header.reduce((sum, [width]) => sum + width, 0),
      ),
    indices: outliers > 0 ? part('tables', 'U32', [outliers]) : undefined,
    outliers: outliers > 0 ? part('float', 'F32', [outliers]) : undefined,
    codes: bytes('codes', bytesOfCodes(elements, 4)),
    scales: halves,
    offsets: halves,
    residual: residual && bytes('codes', bytesOfCodes(elements, residual.bits)),
    residualScales: residual && halves,
    residualOffsets: residual && halves,
    mask: transform === 'mask' ? bytes('tables', Math.ceil(elements / 8)) : undefined,
    factor: transform === 'enlarge' ? part('scales', 'F32', [1], { optional: true }) : undefined,
  };
}

export type Int4Parts = PartsOf<typeof int4Parts>;

/** The stored bytes of one quantiser: codes, and the scales and offsets of its groups. */
export interface GroupParts {
  codes: Uint8Array;
  scales: Uint8Array;
  offsets: Uint8Array;
}

/** Returns the residual's parts under the names of the first quantiser's; undefined if the method has no residual. */
export function int4Residual({
  residual,
  residualScales,
  residualOffsets,
}: Int4Parts): GroupParts | undefined {
  if (!residual || !residualScales || !residualOffsets) return undefined;
  return { codes: residual, scales: residualScales, offsets: residualOffsets };
}

/**
 * Rearranges a residual as the published reader of int4_hybrid_v2 reads it. Its writer stores codes, scales and offsets; the reader
 * expects scales, offsets and codes in the same bytes.
 */
export function misreadResidual({ codes, scales, offsets }: GroupParts): GroupParts {
  const bytes = new Uint8Array(codes.length + scales.length + offsets.length);
  bytes.set(codes);
  bytes.set(scales, codes.length);
  bytes.set(offsets, codes.length + scales.length);
  return {
    scales: bytes.subarray(0, scales.length),
    offsets: bytes.subarray(scales.length, scales.length + offsets.length),
    codes: bytes.subarray(scales.length + offsets.length),
  };
}
