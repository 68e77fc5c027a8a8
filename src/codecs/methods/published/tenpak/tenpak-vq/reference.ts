import type { CodecReference } from '../../../../contract/codec';
import { halfBytes, halfValues, requireHalfRange } from '../../../../kit/halves';
import { kMeans } from '../../../../kit/kMeans/kmeansReference';
import { headerBytes } from '../../../../kit/tenpak/residual/header';
import { pocketLayout } from './layout';
import { decodeResidual, encodeResidual } from '../../../../kit/tenpak/residual/residual';

const reference: CodecReference = {
  encode(values, shape, options) {
    requireHalfRange('The matrix', values);
    const { clustering, residual, header, faithful } = pocketLayout(shape, options);
    const { dimension } = clustering;
    const { codebook, indices } = kMeans(values, clustering);
    const rest = values.map(
      (w, i) => w - codebook[indices[Math.floor(i / dimension)] * dimension + (i % dimension)],
    );
    return new Map([
      ['header', headerBytes(header)],
      ['indices', Uint8Array.from(indices)],
      ['codebook', halfBytes(codebook, faithful ? 'cut' : 'nearest')],
      ...Object.entries(encodeResidual(rest, residual)),
    ]);
  },

  decode(parts, shape, options) {
    const { elements, clustering, residual } = pocketLayout(shape, options);
    const { dimension } = clustering;
    const codebook = halfValues(parts.get('codebook')!);
    const indices = parts.get('indices')!;
    return decodeResidual(parts, elements, residual).map(
      (rest, i) => rest + codebook[indices[Math.floor(i / dimension)] * dimension + (i % dimension)],
    );
  },
};

export default reference;
