import type { MatrixShape } from '../../../contract/codec';
import type { PartLayout } from '../../../contract/parts';
import { HADAMARD_BLOCK } from './float32';
import type { Method } from './methods';

/** One weight in a thousand is an outlier of int4_ultimate_v1. */
const OUTLIER_SHARE = 1000;

/** ×1.5 of int4_awq_10x_v1, and what its reader multiplies by. */
export const ENLARGEMENT = 1.5;
export const REDUCTION = Math.fround(1 / ENLARGEMENT);

export function outlierCount([rows, columns]: MatrixShape): number {
  return Math.floor((rows * columns) / OUTLIER_SHARE);
}

/** Elements at which a span may begin: whole words of every part, and whole Hadamard blocks. */
export function spanAlign(group: number): number {
  return Math.max(2 * group, 2 * HADAMARD_BLOCK);
}

export const bytesOfCodes = (count: number, bits: number): number => Math.ceil((count * bits) / 8);

/**
 * The published parts in their published order; no padding. Groups run over flattened W and are whole bytes, so n codes of b
 * bits take ⌈n·b/8⌉ bytes. Additions of ours: `factor`, without which ×1.5 could not be undone.
 */
export function int4Parts(shape: MatrixShape, method: Method): PartLayout[] {
  const count = shape[0] * shape[1];
  const groups = Math.ceil(count / method.codes.group);
  const bytes = (suffix: string, kind: PartLayout['kind'], length: number): PartLayout => ({
    suffix,
    kind,
    dtype: 'U8',
    shape: [length],
    unpadded: true,
  });
  const halves = (suffix: string): PartLayout => ({ suffix, kind: 'scales', dtype: 'F16', shape: [groups] });
  const codes = [bytes('codes', 'codes', bytesOfCodes(count, 4)), halves('scales'), halves('offsets')];
  const residual = method.residual && [
    bytes('residual', 'codes', bytesOfCodes(count, method.residual.bits)),
    halves('residualScales'),
    halves('residualOffsets'),
  ];
  const outliers = outlierCount(shape);
  return [
    ...(method.header ? [bytes('header', 'tables', headerBytes(method))] : []),
    ...(method.header === 'outliers' && outliers > 0 ? outlierParts(outliers) : []),
    ...codes,
    ...(residual ?? []),
    ...(method.transform === 'mask' ? [bytes('mask', 'tables', Math.ceil(count / 8))] : []),
    ...(method.transform === 'enlarge' ? [FACTOR] : []),
  ];
}

const FACTOR: PartLayout = { suffix: 'factor', kind: 'scales', dtype: 'F32', shape: [1], optional: true };

function outlierParts(count: number): PartLayout[] {
  return [
    { suffix: 'indices', kind: 'tables', dtype: 'U32', shape: [count] },
    { suffix: 'outliers', kind: 'float', dtype: 'F32', shape: [count] },
  ];
}

function headerBytes({ header }: Method): number {
  return header === 'outliers' ? 7 : 2;
}

/** The header a method writes: group u16, or flags u8 (1: has outliers), group u16, count u32; little-endian. */
export function headerOf(shape: MatrixShape, method: Method): Uint8Array {
  const bytes = new Uint8Array(headerBytes(method));
  const view = new DataView(bytes.buffer);
  if (method.header === 'group') view.setUint16(0, method.codes.group, true);
  else {
    view.setUint8(0, outlierCount(shape) > 0 ? 1 : 0);
    view.setUint16(1, method.codes.group, true);
    view.setUint32(3, outlierCount(shape), true);
  }
  return bytes;
}
