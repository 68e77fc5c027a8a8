import type { CodecReference } from '../../../../contract/codec';
import { headerBytes } from '../../../../kit/tenpak/residual/header';
import { decodeResidual, encodeResidual } from '../../../../kit/tenpak/residual/residual';
import { halfBytes, halfValues, requireHalfRange } from '../../../../kit/halves';
import { kMeans, type Clustering } from '../../../../kit/kMeans/kmeansReference';
import { requireHalfFactors, xFactors } from './factors';
import { columnImportance, xClustering, xLayout, xLowRank } from './layout';
import { factorProduct, lowRank } from '../../../../kit/tenpak/lowRank/lowRankReference';

/** The centroid's part of each of `elements` weights. */
function centroids({ codebook, indices }: Clustering, dimension: number, elements: number): Float32Array {
  return Float32Array.from(
    { length: elements },
    (_, i) => codebook[indices[Math.floor(i / dimension)] * dimension + (i % dimension)],
  );
}

const reference: CodecReference = {
  encode(values, shape, options) {
    requireHalfRange('The matrix', values);
    const layout = xLayout(shape, options);
    const { rank, dimension, faithful, residual } = layout;
    const rounding = faithful ? 'cut' : 'nearest';
    const parts = new Map([['header', headerBytes(layout.header)]]);
    const importance = columnImportance(values, shape[1]);
    let rest: Float32Array = values;
    if (rank > 0) {
      const roots = Float32Array.from(importance, Math.sqrt);
      const scaled = Float64Array.from(values, (w, i) => w * roots[i % shape[1]]);
      const found = lowRank(scaled, shape[0], shape[1], xLowRank(layout));
      const factors = xFactors(found, rank, roots, !faithful);
      requireHalfFactors('The matrix', factors);
      parts.set('left', halfBytes(factors.left, rounding)).set('right', halfBytes(factors.right, rounding));
      const product = factorProduct(factors.left, factors.right, rank, shape);
      rest = values.map((w, i) => w - product[i]);
    }
    const clustering = kMeans(rest, xClustering(layout, importance));
    parts.set('codebook', halfBytes(clustering.codebook, rounding));
    parts.set('indices', Uint8Array.from(clustering.indices));
    if (!residual) return parts;
    const vectors = centroids(clustering, dimension, rest.length);
    return new Map([
      ...parts,
      ...Object.entries(
        encodeResidual(
          rest.map((w, i) => w - vectors[i]),
          residual,
        ),
      ),
    ]);
  },

  decode(parts, shape, options) {
    const { rank, dimension, elements, residual } = xLayout(shape, options);
    const codebook = halfValues(parts.get('codebook')!);
    const indices = Uint32Array.from(parts.get('indices')!);
    const vectors = centroids({ codebook, indices }, dimension, elements);
    const rest = residual ? decodeResidual(parts, elements, residual) : new Float32Array(elements);
    if (rank === 0) return rest.map((value, i) => value + vectors[i]);
    const [left, right] = ['left', 'right'].map((suffix) => halfValues(parts.get(suffix)!));
    const product = factorProduct(left, right, rank, shape);
    return rest.map((value, i) => product[i] + vectors[i] + value);
  },
};

export default reference;
