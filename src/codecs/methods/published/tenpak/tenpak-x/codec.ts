import type { Codec } from '../../../../contract/codec';
import { partSpans } from '../../../../kit/spans';
import { checkHeader } from '../../../../kit/tenpak/residual/header';
import { addResidual } from '../../../../kit/tenpak/residual/residualGpu';
import { decodeVectors } from '../../../../kit/kMeans/decodeGpu';
import { checkStoredHalves, halfValues } from '../../../../kit/halves';
import { encodeX } from './encode';
import { xLayout, xParts } from './layout';
import { decodeProduct } from '../../../../kit/tenpak/lowRank/lowRank';
import meta from './meta';
import reference from './reference';
import { xWork } from './work';

const INTEGER_PARTS = ['header', 'indices', 'codes'];

/** Widest row the error bound holds for. */
const WIDEST = 2 ** 16;

const codec: Codec = {
  meta,
  encodeWork: xWork,
  layout: (shape, options) => xParts(xLayout(shape, options)),
  encode: encodeX,
  reference,

  async decode({ name, shape, options, parts }, target, context) {
    const { rank, dimension, residual, header } = xLayout(shape, options);
    checkHeader(name, parts.get('header')!, header);
    for (const [suffix, bytes] of parts)
      if (!INTEGER_PARTS.includes(suffix)) checkStoredHalves(name, suffix, bytes);
    const codebook = halfValues(parts.get('codebook')!);
    const vectors = { dimension, bits: 8, indices: parts.get('indices')!, codebook };
    const factor = (suffix: string) => halfValues(parts.get(suffix)!);
    const factors = rank > 0 ? { rank, left: factor('left'), right: factor('right') } : undefined;
    for (const span of partSpans(target)) {
      if (factors) await decodeProduct(factors, shape[1], span, context);
      await decodeVectors(vectors, span, rank > 0, context);
      if (residual) await addResidual(parts, span, residual, context);
    }
  },

  // Sums of up to 64 products in float32.
  decodeTolerance: 1e-5,

  // Deflation never lengthens a row, and column factors span a factor of two: what L·R leaves is at most 2·√columns·M, and
  // centroids and residual cannot double that.
  errorBound: () => (largest) => 4 * Math.sqrt(WIDEST) * largest + 2 ** -19,
};

export default codec;
