import type { ReferenceInputs } from '../../../../calibrate/inputs';
import type { ReferenceDefinition } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { readCode, writeCode } from '../../../kit/bits';
import { halfBytes, halfValues, requireHalfRange, toHalf } from '../../../kit/halves';
import { kMeans, type ClusterSettings } from '../../../kit/kMeans/kmeansReference';
import { inputWeights, vectorParts, type ScaleGroups, type VectorLayout, type VectorParts } from './layout';

/** Returns the index of a flattened element's scale. */
function scaleOf(element: number, { columns, group, groupsPerRow }: ScaleGroups): number {
  return Math.floor(element / columns) * groupsPerRow + Math.floor((element % columns) / group);
}

/** Computes the root mean square of every group, rounded to float16. */
function groupScales(values: Float32Array, groups: ScaleGroups): Float32Array {
  const scales = new Float32Array((values.length / groups.columns) * groups.groupsPerRow);
  const squares = new Float64Array(scales.length);
  const counts = new Float64Array(scales.length);
  values.forEach((w, i) => {
    squares[scaleOf(i, groups)] += w * w;
    counts[scaleOf(i, groups)]++;
  });
  return scales.map((_, g) => toHalf(Math.sqrt(squares[g] / counts[g]), 'nearest'));
}

/** Adds weights from calibration to the settings if it ran and the options ask for it. */
function withWeights(
  { clustering, columns, weighted }: VectorLayout,
  inputs?: ReferenceInputs,
): ClusterSettings {
  if (!weighted || !inputs) return clustering;
  const diagonal = Float32Array.from({ length: columns }, (_, i) => inputs.gram[i * columns + i]);
  return { ...clustering, weights: { columns: inputWeights(diagonal), per: 'element' } };
}

export const vectorReference: ReferenceDefinition<VectorLayout, VectorParts> = {
  encode(values, layout, inputs) {
    requireHalfRange('The matrix', values);
    const { bits, scales: groups } = layout;
    const scales = groups && groupScales(values, groups);
    const normalised = values.map((w, i) => {
      const scale = groups ? scales![scaleOf(i, groups)] : 1;
      return scale === 0 ? 0 : w / scale;
    });
    const found = kMeans(normalised, withWeights(layout, inputs));
    const parts = zeroedParts(vectorParts(layout));
    found.indices.forEach((index, i) => writeCode(parts.indices, 0, i, bits, index));
    const codebook = halfBytes(found.codebook, 'nearest');
    return { ...parts, codebook, ...(scales && { scales: halfBytes(scales, 'nearest') }) };
  },

  decode(parts, { rows, columns, bits, scales: groups, clustering }) {
    const { dimension } = clustering;
    const codebook = halfValues(parts.codebook);
    const scales = parts.scales && halfValues(parts.scales);
    return Float32Array.from({ length: rows * columns }, (_, i) => {
      const index = readCode(parts.indices, 0, Math.floor(i / dimension), bits);
      return codebook[index * dimension + (i % dimension)] * (groups ? scales![scaleOf(i, groups)] : 1);
    });
  },
};
