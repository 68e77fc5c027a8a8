import { defineCodec } from '../../../../contract/defineCodec';
import { fillBySpans } from '../../../../kit/fillTarget';
import { checkStoredHalves, halfValues } from '../../../../kit/halves';
import { recordVectors } from '../../../../kit/kMeans/decode';
import { checkHeader } from '../../../../kit/tenpak/header';
import { recordLowRankProduct } from '../../../../kit/tenpak/lowRank/gpu';
import { recordAddResidual } from '../../../../kit/tenpak/residual/gpu';
import { encodeX } from './encode';
import { storedFactors } from './factors';
import { xResidual, xLayout, xParts } from './layout';
import meta from './meta';
import { xReference } from './reference';
import { xWork } from './work';

/** The widest row for which the error bound holds. */
const WIDEST = 2 ** 16;

export default defineCodec(meta, {
  layout: xLayout,
  parts: xParts,
  encode: encodeX,
  encodeWork: xWork,
  reference: xReference,
  // Float32 sums choose the factors and the codebooks.
  equalCodes: () => false,

  async decode({ name, layout, parts }, target, context) {
    const { dimension, residual } = layout;
    const { header, left, right, codebook, indices, scales, offsets } = parts;
    checkHeader(name, header, layout.header);
    for (const [suffix, bytes] of Object.entries({ left, right, codebook, scales, offsets }))
      if (bytes) checkStoredHalves(name, suffix, bytes);
    const vectors = { dimension, bits: 8, indices, codebook: halfValues(codebook) };
    const factors = storedFactors(parts, layout);
    const rest = xResidual(parts);
    await fillBySpans(target, context, async (job, span) => {
      const run = { ...span, out: span.part.buffer };
      if (factors) await recordLowRankProduct(job, factors, target.columns, run, false);
      await recordVectors(job, vectors, span, factors !== undefined);
      if (residual && rest) await recordAddResidual(job, rest, span, residual);
    });
  },

  // Sums of up to 64 products in float32.
  decodeTolerance: 1e-5,

  // Deflation never lengthens a row, and column factors span a factor of two: what L·R leaves is at most 2·√columns·M, and
  // centroids and residual cannot double that.
  errorBound: () => (largest) => 4 * Math.sqrt(WIDEST) * largest + 2 ** -19,
});
