import type { CodecReference } from '../../../../contract/codec';
import { forwardBlock, inverseBlock, type CodingBasis } from '../../../../kit/transforms/coding';
import { chunksOf, flatWeights } from '../../../../kit/transforms/flat';
import { modulusRange, quantisePolar, restorePolar } from '../../../../kit/transforms/polar';
import { readContainer, writeContainer, type Chunk } from './container';
import { polarScale, vertexParts } from './layout';

/** The definition in float64; lossless encoding and decoding are this code. */
const reference: CodecReference = {
  encode(values, shape, options) {
    vertexParts(shape, options);
    const flat = flatWeights({ name: 'The matrix', values });
    const chunks = chunksOf(flat.length, Number(options.chunk)).map((at) => {
      const c = forwardBlock(options.transform as CodingBasis, flat.subarray(at.first, at.first + at.length));
      if (options.mode === 'lossless') return { at, chunk: { coefficients: c } };
      const scale = polarScale(options);
      const peak = modulusRange(c, scale.prune)?.most ?? 0;
      return { at, chunk: { words: quantisePolar(c, scale, peak), peak } };
    });
    return new Map([['container', writeContainer(flat, shape, options, chunks)]]);
  },

  decode(parts, shape, options) {
    const values = new Float32Array(shape[0] * shape[1]);
    const chunks = chunksOf(values.length, Number(options.chunk));
    readContainer('The matrix', parts.get('container')!, options, chunks).forEach((chunk, i) =>
      values.set(decodeChunk(chunk), chunks[i].first),
    );
    return values;

    function decodeChunk(chunk: Chunk): Float64Array {
      const basis = options.transform as CodingBasis;
      if ('coefficients' in chunk) return inverseBlock(basis, chunk.coefficients);
      return inverseBlock(basis, restorePolar(chunk.words, polarScale(options), chunk.peak));
    }
  },
};

export default reference;
