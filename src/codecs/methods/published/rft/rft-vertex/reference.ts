import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { forwardBlock, inverseBlock } from '../../../../kit/transforms/coding';
import { flatBlocks, flatWeights } from '../../../../kit/transforms/flat';
import { modulusRange, quantisePolar, restorePolar } from '../../../../kit/transforms/polar';
import { readContainer, writeContainer, type Chunk } from './container';
import type { VertexLayout, VertexParts } from './layout';

/** The reference in float64, which is also the implementation of the lossless mode. */
export const vertexReference: ReferenceDefinition<VertexLayout, VertexParts> = {
  encode(values, layout) {
    const flat = flatWeights({ name: 'The matrix', values });
    const chunks = flatBlocks(flat.length, layout.chunk).map((at) => {
      const block = flat.subarray(at.first, at.first + at.length);
      return { at, chunk: encodeChunk(block, layout) };
    });
    return { container: writeContainer(flat, layout, chunks) };
  },

  decode({ container }, layout) {
    const values = new Float32Array(layout.weights);
    const chunks = flatBlocks(values.length, layout.chunk);
    readContainer('The matrix', container, layout, chunks).forEach((chunk, i) =>
      values.set(decodeChunk(chunk, layout), chunks[i].first),
    );
    return values;
  },
};

function encodeChunk(block: Float32Array, { basis, lossless, scale }: VertexLayout): Chunk {
  const c = forwardBlock(basis, block);
  if (lossless) return { coefficients: c };
  const peak = modulusRange(c, scale.prune)?.max ?? 0;
  return { words: quantisePolar(c, scale, peak), peak };
}

function decodeChunk(chunk: Chunk, { basis, scale }: VertexLayout): Float64Array {
  if ('coefficients' in chunk) return inverseBlock(basis, chunk.coefficients);
  return inverseBlock(basis, restorePolar(chunk.words, scale, chunk.peak));
}
