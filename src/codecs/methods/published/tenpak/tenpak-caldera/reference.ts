import type { CodecReference } from '../../../../contract/codec';
import { headerBytes } from '../../../../kit/tenpak/residual/header';
import { decodeResidual, encodeResidual } from '../../../../kit/tenpak/residual/residual';
import { factorProduct, lowRank } from '../../../../kit/tenpak/lowRank/lowRankReference';
import { requireHalfRange } from '../../../../kit/halves';
import { codingFactors, storedFactors, storeFactors } from './factors';
import { calderaLayout, calderaLowRank } from './layout';

const reference: CodecReference = {
  encode(values, shape, options) {
    requireHalfRange('The matrix', values);
    const layout = calderaLayout(shape, options);
    const { rank, faithful, residual, header } = layout;
    const found = lowRank(values, shape[0], shape[1], calderaLowRank(layout));
    const stored = storeFactors(found, rank, faithful);
    const { left, right } = codingFactors(found, stored, rank, shape, faithful);
    const product = factorProduct(left, right, rank, shape);
    return new Map([
      ['header', headerBytes(header)],
      ...Object.entries(
        encodeResidual(
          values.map((w, i) => w - product[i]),
          residual,
        ),
      ),
      ...stored,
    ]);
  },

  decode(parts, shape, options) {
    const { rank, elements, residual } = calderaLayout(shape, options);
    const { left, right } = storedFactors(parts, rank, shape);
    const product = factorProduct(left, right, rank, shape);
    return decodeResidual(parts, elements, residual).map((rest, i) => product[i] + rest);
  },
};

export default reference;
