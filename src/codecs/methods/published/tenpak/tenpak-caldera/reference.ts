import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { requireHalfRange } from '../../../../kit/halves';
import { headerBytes } from '../../../../kit/tenpak/header';
import { factorProduct, lowRank } from '../../../../kit/tenpak/lowRank/reference';
import { decodeResidual, encodeResidual } from '../../../../kit/tenpak/residual/residual';
import { codingFactors, dequantisedFactors, storeFactors } from './factors';
import { tenpakCalderaLowRank, type TenpakCalderaLayout, type TenpakCalderaParts } from './layout';

/** The definition of Tenpak's CALDERA. */
export const tenpakCalderaReference: ReferenceDefinition<TenpakCalderaLayout, TenpakCalderaParts> = {
  encode(values, layout) {
    requireHalfRange('The matrix', values);
    const { shape, residual, header } = layout;
    const found = lowRank(values, shape[0], shape[1], tenpakCalderaLowRank(layout));
    const stored = storeFactors(found, layout);
    const product = factorProduct(codingFactors(found, stored, layout), shape);
    return {
      header: headerBytes(header),
      ...encodeResidual(
        values.map((w, i) => w - product[i]),
        residual,
      ),
      ...stored,
    };
  },

  decode(parts, layout) {
    const product = factorProduct(dequantisedFactors(parts, layout), layout.shape);
    return decodeResidual(parts, layout.elements, layout.residual).map((rest, i) => product[i] + rest);
  },
};
