import type { Codec } from '../../../contract/codec';
import { partSpans } from '../../../kit/spans';
import { decodeVectors } from '../../../kit/kMeans/decodeGpu';
import { encodeVectors } from './encode';
import { checkStoredHalves, halfValues } from '../../../kit/halves';
import { vectorLayout, vectorParts } from './layout';
import meta from './meta';
import reference from './reference';
import { vqWork } from './work';

/** Widest row the error bound of scale=row holds for. */
const WIDEST = 2 ** 16;

const codec: Codec = {
  meta,
  /** Float32 sums choose the codebooks. */
  equalCodes: () => false,
  encodeWork: vqWork,
  layout: (shape, options) => vectorParts(vectorLayout(shape, options)),
  encode: encodeVectors,
  reference,

  async decode({ name, shape, options, parts }, target, context) {
    const { bits, scales, clustering } = vectorLayout(shape, options);
    for (const [suffix, bytes] of parts) if (suffix !== 'indices') checkStoredHalves(name, suffix, bytes);
    const stored = {
      dimension: clustering.dimension,
      bits,
      indices: parts.get('indices')!,
      codebook: halfValues(parts.get('codebook')!),
      ...(scales && { scales: { ...scales, bytes: parts.get('scales')! } }),
    };
    for (const span of partSpans(target)) await decodeVectors(stored, span, false, context);
  },

  // A centroid lies among the values it stands for: within ±M, or within ±√group scales, and no scale exceeds M.
  errorBound({ scale }) {
    const reach = scale === 'none' ? 1 : Math.sqrt(scale === 'row' ? WIDEST : Number(scale));
    return (largest) => (1 + 1.5 * reach) * largest + 2 ** -20;
  },
};

export default codec;
