import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { halfBytes, halfValues, requireHalfRange } from '../../../../kit/halves';
import { kMeans, vectorValues } from '../../../../kit/kMeans/kmeansReference';
import { headerBytes } from '../../../../kit/tenpak/header';
import { decodeResidual, encodeResidual } from '../../../../kit/tenpak/residual/residual';
import type { PocketLayout, PocketParts } from './layout';

/** The definition of Tenpak's PocketLLM. */
export const pocketReference: ReferenceDefinition<PocketLayout, PocketParts> = {
  encode(values, { elements, clustering, residual, header, faithful }) {
    requireHalfRange('The matrix', values);
    const found = kMeans(values, clustering);
    const centroids = vectorValues(found, clustering.dimension, elements);
    return {
      header: headerBytes(header),
      indices: Uint8Array.from(found.indices),
      codebook: halfBytes(found.codebook, faithful ? 'truncate' : 'nearest'),
      ...encodeResidual(
        values.map((w, i) => w - centroids[i]),
        residual,
      ),
    };
  },

  decode(parts, { elements, clustering, residual }) {
    const stored = { codebook: halfValues(parts.codebook), indices: parts.indices };
    const centroids = vectorValues(stored, clustering.dimension, elements);
    return decodeResidual(parts, elements, residual).map((rest, i) => rest + centroids[i]);
  },
};
