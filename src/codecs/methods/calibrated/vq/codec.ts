import { defineCodec } from '../../../contract/defineCodec';
import { fillBySpans } from '../../../kit/fillTarget';
import { checkStoredHalves, halfValues } from '../../../kit/halves';
import { recordVectors } from '../../../kit/kMeans/decode';
import { encodeVectors } from './encode';
import { vectorLayout, vectorParts } from './layout';
import meta from './meta';
import { vectorReference } from './reference';
import { vqWork } from './work';

/** The maximum row length for which the error bound of scale=row holds. */
const MAX_ROW = 2 ** 16;

export default defineCodec(meta, {
  layout: vectorLayout,
  parts: vectorParts,
  encode: encodeVectors,
  encodeWork: vqWork,
  reference: vectorReference,
  // Float32 sums choose the codebooks.
  equalCodes: () => false,

  async decode({ name, layout, parts }, target, context) {
    const { bits, scales, clustering } = layout;
    checkStoredHalves(name, 'codebook', parts.codebook);
    if (parts.scales) checkStoredHalves(name, 'scales', parts.scales);
    const vectors = {
      dimension: clustering.dimension,
      bits,
      indices: parts.indices,
      codebook: halfValues(parts.codebook),
      ...(scales && parts.scales && { scales: { ...scales, bytes: parts.scales } }),
    };
    await fillBySpans(target, context, (job, span) => recordVectors(job, vectors, span, false));
  },

  // A centroid is in the range of its values: within ±M, or within ±√group scales, and no scale exceeds M.
  errorBound({ scale }) {
    const reach = scale === 'none' ? 1 : Math.sqrt(scale === 'row' ? MAX_ROW : Number(scale));
    return (largest) => (1 + 1.5 * reach) * largest + 2 ** -20;
  },
});
