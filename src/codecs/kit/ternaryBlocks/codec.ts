import { decodeTernaryRows } from './decode';
import { encodeTernaryRows } from './encode';
import type { RowFormat } from './format';
import { ternaryRowsLayout, ternaryRowsParts } from './layout';
import { ternaryBlocksLinear } from './linear';
import { ternaryRowsReference } from './reference';

/**
 * Makes the definition of a codec from a published byte format of ternary weights.
 * @param label of the codec, for errors
 */
export function ternaryRows(label: string, format: RowFormat) {
  return {
    layout: ternaryRowsLayout(label, format),
    parts: ternaryRowsParts,
    encode: encodeTernaryRows,
    decode: decodeTernaryRows,
    linear: format.scales === 'block' ? ternaryBlocksLinear : undefined,
    reference: ternaryRowsReference,
    errorBound: format.errorBound,
  };
}
