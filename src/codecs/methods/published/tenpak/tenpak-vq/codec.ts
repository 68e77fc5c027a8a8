import type { Codec } from '../../../../contract/codec';
import { partSpans } from '../../../../kit/spans';
import { decodeVectors } from '../../../../kit/kMeans/decodeGpu';
import { checkStoredHalves, halfValues } from '../../../../kit/halves';
import { encodePocket } from './encode';
import { checkHeader } from '../../../../kit/tenpak/residual/header';
import { pocketLayout, pocketParts } from './layout';
import meta from './meta';
import reference from './reference';
import { addResidual } from '../../../../kit/tenpak/residual/residualGpu';

const codec: Codec = {
  meta,
  /** Float32 sums choose the codebooks. */
  equalCodes: () => false,
  layout: (shape, options) => pocketParts(pocketLayout(shape, options)),
  encode: encodePocket,
  reference,

  async decode({ name, shape, options, parts }, target, context) {
    const { clustering, residual, header } = pocketLayout(shape, options);
    checkHeader(name, parts.get('header')!, header);
    for (const suffix of ['codebook', 'scales', 'offsets'])
      checkStoredHalves(name, suffix, parts.get(suffix)!);
    const { dimension } = clustering;
    const codebook = halfValues(parts.get('codebook')!);
    const vectors = { dimension, bits: 8, indices: parts.get('indices')!, codebook };
    for (const span of partSpans(target)) {
      await decodeVectors(vectors, span, false, context);
      await addResidual(parts, span, residual, context);
    }
  },

  // A centroid lies within ±M, so a residual within ±2M: a step is at most 4M/15 (refined: a fifth wider), half of it is
  // the error, and cut halves add 2⁻¹⁰ of centroid, steps and offset.
  errorBound: () => (largest) => 0.18 * largest + 17 * 2 ** -24,
};

export default codec;
