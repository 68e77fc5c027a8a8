import type { MatrixShape } from '../../contract/codec';
import type { OptionSpec } from '../../contract/meta';
import { part, type PartsOf } from '../../contract/parts';
import { float32Bytes, float32Values } from '../storedFloats';
import { NESTED_BLOCK } from '../../../formats/quantised/lookup';
import type { NestedAbsmax } from './absmax';

/** The options of the codecs with a lookup table. */
export const LOOKUP_OPTIONS = [
  {
    key: 'block',
    named: true,
    kind: 'integer',
    label: 'Block size',
    min: 16,
    max: 1024,
    values: [16, 32, 64, 128, 256, 512, 1024],
    default: 64,
    unit: 'weights',
    term: 'block',
  },
  {
    key: 'double',
    kind: 'boolean',
    label: 'Double quantisation',
    default: false,
    term: 'double-quantisation',
  },
] as const satisfies readonly OptionSpec[];

/** How a matrix is cut into blocks. */
export interface LookupLayout {
  shape: MatrixShape;
  /** The number of weights, out · in. */
  elements: number;
  /** The number of consecutive weights of flattened W that share a largest magnitude. */
  block: number;
  blocks: number;
  /** Whether the block maxima are quantised, too. */
  double: boolean;
}

/** Divides a matrix of this shape into blocks. */
export function lookupLayout(
  shape: MatrixShape,
  { block, double }: { block: number; double: boolean },
): LookupLayout {
  const elements = shape[0] * shape[1];
  return { shape, elements, block, blocks: Math.ceil(elements / block), double };
}

/** Computes the bytes of codes: two per byte, the first in the high nibble as in bitsandbytes, padded to a multiple of 4. */
export function nibbleBytes(elements: number): number {
  return Math.ceil(elements / 8) * 4;
}

/**
 * Describes the parts of n = out·in weights in B = ⌈n ÷ block⌉ blocks over flattened W: `codes` U8 [⌈n/8⌉·4]; without double quantisation
 * `absmax` F32 [B]; with it `absmax` U8 [⌈B/4⌉·4] (codes of the dynamic map), `nested_absmax` F32 [⌈B/256⌉] and `nested_offset` F32 [1].
 * Padding is zero.
 */
export function lookupParts({ elements, blocks, double }: LookupLayout) {
  const nested = Math.ceil(blocks / NESTED_BLOCK);
  return {
    codes: part('codes', 'U8', [nibbleBytes(elements)]),
    absmax: double ? part('scales', 'U8', [Math.ceil(blocks / 4) * 4]) : part('scales', 'F32', [blocks]),
    nested_absmax: double ? part('scales', 'F32', [nested]) : undefined,
    nested_offset: double ? part('scales', 'F32', [1]) : undefined,
  };
}

export type LookupParts = PartsOf<typeof lookupParts>;

/** The block maxima as they are stored. */
export type StoredAbsmax = Float32Array | NestedAbsmax;

/** Makes the parts from codes and block maxima. */
export function storeLookup(codes: Uint8Array, absmax: StoredAbsmax): LookupParts {
  if (absmax instanceof Float32Array) return { codes, absmax: float32Bytes(absmax) };
  const padded = new Uint8Array(Math.ceil(absmax.codes.length / 4) * 4);
  padded.set(absmax.codes);
  return {
    codes,
    absmax: padded,
    nested_absmax: float32Bytes(absmax.scales),
    nested_offset: float32Bytes(Float32Array.of(absmax.offset)),
  };
}

/** Reads the block maxima from the parts. */
export function readAbsmax({ blocks }: LookupLayout, parts: LookupParts): StoredAbsmax {
  const { absmax, nested_absmax: scales, nested_offset: offset } = parts;
  if (!scales || !offset) return float32Values(absmax);
  return {
    codes: absmax.subarray(0, blocks),
    scales: float32Values(scales),
    offset: float32Values(offset)[0],
  };
}
