import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { halfBytes, halfValues, requireHalfRange } from '../../../../kit/halves';
import { kMeans, vectorValues } from '../../../../kit/kMeans/kmeansReference';
import { headerBytes } from '../../../../kit/tenpak/header';
import { factorProduct, lowRank } from '../../../../kit/tenpak/lowRank/reference';
import { decodeResidual, encodeResidual } from '../../../../kit/tenpak/residual/residual';
import { requireHalfFactors, storedFactors, xFactors } from './factors';
import { columnImportance, xResidual, xClustering, xLowRank, type XLayout, type XParts } from './layout';

/** Finds the factors of W·diag(√importance), if the matrix has a low-rank part. */
function findFactors(values: Float32Array, importance: Float64Array, layout: XLayout) {
  const { shape, rank, faithful } = layout;
  const [rows, columns] = shape;
  if (rank === 0) return undefined;
  const roots = Float32Array.from(importance, Math.sqrt);
  const scaled = Float64Array.from(values, (w, i) => w * roots[i % columns]);
  const factors = xFactors(lowRank(scaled, rows, columns, xLowRank(layout)), rank, roots, !faithful);
  requireHalfFactors('The matrix', factors);
  return factors;
}

/** The definition of TenPak-X. */
export const xReference: ReferenceDefinition<XLayout, XParts> = {
  encode(values, layout) {
    requireHalfRange('The matrix', values);
    const { shape, dimension, faithful, residual, elements } = layout;
    const rounding = faithful ? 'truncate' : 'nearest';
    const importance = columnImportance(values, shape[1]);
    const factors = findFactors(values, importance, layout);
    const product = factors && factorProduct(factors, shape);
    const rest = product ? values.map((w, i) => w - product[i]) : values;
    const clustering = kMeans(rest, xClustering(layout, importance));
    const vectors = vectorValues(clustering, dimension, elements);
    return {
      header: headerBytes(layout.header),
      ...(factors && {
        left: halfBytes(factors.left, rounding),
        right: halfBytes(factors.right, rounding),
      }),
      codebook: halfBytes(clustering.codebook, rounding),
      indices: Uint8Array.from(clustering.indices),
      ...(residual &&
        encodeResidual(
          rest.map((w, i) => w - vectors[i]),
          residual,
        )),
    };
  },

  decode(parts, layout) {
    const { shape, dimension, elements, residual } = layout;
    const stored = { codebook: halfValues(parts.codebook), indices: parts.indices };
    const vectors = vectorValues(stored, dimension, elements);
    const coded = xResidual(parts);
    const rest = residual && coded ? decodeResidual(coded, elements, residual) : new Float32Array(elements);
    const factors = storedFactors(parts, layout);
    const product = factors && factorProduct(factors, shape);
    return rest.map((value, i) => (product ? product[i] + vectors[i] : vectors[i]) + value);
  },
};
