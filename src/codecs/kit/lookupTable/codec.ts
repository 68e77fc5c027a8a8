import type { Codec } from '../../contract/codec';
import type { CodecMeta } from '../../contract/meta';
import { decodeLookup } from './decode';
import { encodeLookup } from './encode';
import { lookupOptions } from './options';
import { lookupLayout } from './parts';
import { lookupReference, SMALLEST_ABSMAX } from './reference';
import type { LookupTable } from './tables';

/** Float32 roundings of boundary, product and level, relative to absmax. */
const ROUNDING = 1e-6;

/**
 * Half the widest gap of the dynamic map, (1 − 0.1)/64: double quantisation moves a block's absmax by at most this share of
 * the tensor's largest.
 */
const NESTED_ERROR = 0.9 / 64 / 2;

/** Half the widest gap between neighbouring levels, as a share of absmax. */
function halfWidestGap(table: LookupTable): number {
  const sorted = table.levels.slice().sort();
  return Math.max(...sorted.subarray(1).map((level, i) => level - sorted[i])) / 2;
}

/** The codec of a lookup table: nf4 and fp4 differ in nothing else. */
export function lookupCodec(meta: CodecMeta, table: LookupTable): Codec {
  const gap = halfWidestGap(table) + ROUNDING;
  return {
    meta,
    layout: (shape, options) => lookupLayout(shape, lookupOptions(options)),
    encode: (tensor, options, context) => encodeLookup(tensor, lookupOptions(options), table, context),
    decode: (stored, target, context) =>
      decodeLookup(stored, lookupOptions(stored.options), table, target, context),
    reference: lookupReference(table),
    errorBound: (options) => {
      const share = options.double ? gap + NESTED_ERROR : gap;
      return (largest) => (largest < SMALLEST_ABSMAX ? largest : share * largest);
    },
  };
}
