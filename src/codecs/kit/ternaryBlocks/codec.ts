import { decodeTernaryRows } from './decode';
import { encodeTernaryRows } from './encode';
import type { RowFormat } from './format';
import type { Coded } from '../../contract/defineCodec';
import { ternaryRowsLayout, ternaryRowsParts, type TernaryRowsLayout, type TernaryRowsParts } from './layout';
import { ternaryBlocksLinear } from './linear';
import { ternaryRowsReference } from './reference';

/**
 * Makes the definition of a codec from a published byte format of ternary weights.
 * @param label of the codec, for errors
 */
export function ternaryRows(label: string, format: RowFormat) {
  const { ggufType } = format;
  return {
    layout: ternaryRowsLayout(label, format),
    parts: ternaryRowsParts,
    encode: encodeTernaryRows,
    decode: decodeTernaryRows,
    linear: format.scales === 'block' ? ternaryBlocksLinear : undefined,
    ggufBlocks:
      ggufType === undefined
        ? undefined
        : ({ parts }: Coded<TernaryRowsLayout, TernaryRowsParts>) => ({ type: ggufType, bytes: parts.codes }),
    reference: ternaryRowsReference,
    errorBound: format.errorBound,
  };
}
