import { defineCodec } from '../../../../contract/defineCodec';
import { fillBySpans } from '../../../../kit/fillTarget';
import { checkStoredHalves, halfValues } from '../../../../kit/halves';
import { recordVectors } from '../../../../kit/kMeans/decode';
import { checkHeader } from '../../../../kit/tenpak/header';
import { recordAddResidual } from '../../../../kit/tenpak/residual/gpu';
import { encodePocket } from './encode';
import { pocketLayout, pocketParts } from './layout';
import meta from './meta';
import { pocketReference } from './reference';

export default defineCodec(meta, {
  layout: pocketLayout,
  parts: pocketParts,
  encode: encodePocket,
  reference: pocketReference,
  // Float32 sums choose the codebooks.
  equalCodes: () => false,

  async decode({ name, layout, parts }, target, context) {
    const { clustering, residual, header } = layout;
    const { indices, codebook, scales, offsets } = parts;
    checkHeader(name, parts.header, header);
    for (const [suffix, bytes] of Object.entries({ codebook, scales, offsets }))
      checkStoredHalves(name, suffix, bytes);
    const { dimension } = clustering;
    const vectors = { dimension, bits: 8, indices, codebook: halfValues(codebook) };
    await fillBySpans(target, context, async (job, span) => {
      await recordVectors(job, vectors, span, false);
      await recordAddResidual(job, parts, span, residual);
    });
  },

  // A centroid lies within ±M, so a residual within ±2M: a step is at most 4M/15 (refined: a fifth wider), half of it is
  // the error, and truncation to float16 adds 2⁻¹⁰ of centroid, steps and offset.
  errorBound: () => (largest) => 0.18 * largest + 17 * 2 ** -24,
});
