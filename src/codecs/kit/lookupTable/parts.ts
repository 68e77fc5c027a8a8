import type { MatrixShape } from '../../contract/codec';
import type { PartLayout, Parts } from '../../contract/parts';
import { NESTED_BLOCK, type NestedAbsmax } from './absmax';
import type { LookupOptions } from './options';

/** Two codes per byte, the first in the high nibble (bitsandbytes' order), padded to 4 bytes. */
export function codeBytes(elements: number): number {
  return Math.ceil(elements / 8) * 4;
}

/**
 * Byte layout for n = out·in weights in B = ⌈n ÷ block⌉ blocks over flattened W:
 * `codes` U8 [⌈n/8⌉·4]; without double quantisation `absmax` F32 [B]; with it `absmax` U8 [⌈B/4⌉·4] (codes of the dynamic
 * map), `nested_absmax` F32 [⌈B/256⌉] and `nested_offset` F32 [1]. Padding is zero.
 */
export function lookupLayout(shape: MatrixShape, options: LookupOptions): PartLayout[] {
  const elements = shape[0] * shape[1];
  const blocks = Math.ceil(elements / options.block);
  const codes: PartLayout = { suffix: 'codes', kind: 'codes', dtype: 'U8', shape: [codeBytes(elements)] };
  if (!options.double) return [codes, { suffix: 'absmax', kind: 'scales', dtype: 'F32', shape: [blocks] }];
  const nested = Math.ceil(blocks / NESTED_BLOCK);
  return [
    codes,
    { suffix: 'absmax', kind: 'scales', dtype: 'U8', shape: [Math.ceil(blocks / 4) * 4] },
    { suffix: 'nested_absmax', kind: 'scales', dtype: 'F32', shape: [nested] },
    { suffix: 'nested_offset', kind: 'scales', dtype: 'F32', shape: [1] },
  ];
}

const bytesOf = (values: Float32Array) =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice();

const floatsOf = (bytes: Uint8Array) => new Float32Array(bytes.slice().buffer);

export function plainParts(codes: Uint8Array, absmax: Float32Array): Parts {
  return new Map([
    ['codes', codes],
    ['absmax', bytesOf(absmax)],
  ]);
}

export function nestedParts(codes: Uint8Array, nested: NestedAbsmax): Parts {
  const padded = new Uint8Array(Math.ceil(nested.codes.length / 4) * 4);
  padded.set(nested.codes);
  return new Map([
    ['codes', codes],
    ['absmax', padded],
    ['nested_absmax', bytesOf(nested.scales)],
    ['nested_offset', bytesOf(Float32Array.of(nested.offset))],
  ]);
}

export function readAbsmax(parts: Parts): Float32Array {
  return floatsOf(parts.get('absmax')!);
}

export function readNested(parts: Parts, blocks: number): NestedAbsmax {
  return {
    codes: parts.get('absmax')!.subarray(0, blocks),
    scales: floatsOf(parts.get('nested_absmax')!),
    offset: floatsOf(parts.get('nested_offset')!)[0],
  };
}
