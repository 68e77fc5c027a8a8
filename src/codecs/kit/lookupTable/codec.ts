import type { CodecContext } from '../../contract/codec';
import type { Source, Coded } from '../../contract/defineCodec';
import type { DenseMatrix } from '../../../runtime/linear/matrix';
import { decodeLookup } from './decode';
import { encodeLookup } from './encode';
import { lookupLayout, lookupParts, type LookupLayout, type LookupParts } from './layout';
import { packableLookup } from './packable';
import { lookupReference, MIN_ABSMAX } from './reference';
import type { LookupTable } from './tables';

/** The float32 rounding of boundary, product and level, relative to absmax. */
const ROUNDING = 1e-6;

/**
 * Half the widest gap of the dynamic map, (1 − 0.1)/64. Double quantisation changes a block's absmax by at most this share of the
 * tensor's largest magnitude.
 */
const NESTED_ERROR = 0.9 / 64 / 2;

/** Computes half the widest gap between neighbouring levels, as a share of absmax. */
function halfWidestGap(table: LookupTable): number {
  const sorted = table.levels.slice().sort();
  return Math.max(...sorted.subarray(1).map((level, i) => level - sorted[i])) / 2;
}

/** Makes the definition of the codec of a lookup table. nf4 and fp4 differ only in the table. */
export function lookupCodec(table: LookupTable) {
  const gap = halfWidestGap(table) + ROUNDING;
  return {
    layout: lookupLayout,
    parts: lookupParts,
    encode: (source: Source<LookupLayout>, context: CodecContext) => encodeLookup(source, table, context),
    decode: (stored: Coded<LookupLayout, LookupParts>, target: DenseMatrix, context: CodecContext) =>
      decodeLookup(stored, table, target, context),
    packable: packableLookup(table),
    reference: lookupReference(table),
    errorBound: ({ double }: { double: boolean }) => {
      const share = double ? gap + NESTED_ERROR : gap;
      return (largest: number) => (largest < MIN_ABSMAX ? largest : share * largest);
    },
  };
}
