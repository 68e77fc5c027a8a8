import { readCode, writeCode } from '../../../kit/bits';
import type { CodecReference, MatrixShape } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import type { ReferenceInputs } from '../../../../calibrate/inputs';
import { halfBytes, halfValues, requireHalfRange, toHalf } from '../../../kit/halves';
import { kMeans, type ClusterSettings } from '../../../kit/kMeans/kmeansReference';
import { inputWeights, vectorLayout, vectorParts, type ScaleGroups } from './layout';

/** Index of the scale of a flattened element. */
function scaleOf(element: number, { columns, group, groupsPerRow }: ScaleGroups): number {
  return Math.floor(element / columns) * groupsPerRow + Math.floor((element % columns) / group);
}

/** Root mean square of every group, as stored. */
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

/** The settings with the weights that calibration gives, if it ran and the options ask for it. */
function withWeights(
  clustering: ClusterSettings,
  shape: MatrixShape,
  options: CodecOptions,
  inputs?: ReferenceInputs,
): ClusterSettings {
  if (options.weighting !== 'input' || !inputs) return clustering;
  const columns = shape[1];
  const diagonal = Float32Array.from({ length: columns }, (_, i) => inputs.gram[i * columns + i]);
  return { ...clustering, weights: { columns: inputWeights(diagonal), per: 'element' } };
}

const reference: CodecReference = {
  encode(values, shape, options, inputs) {
    requireHalfRange('The matrix', values);
    const layout = vectorLayout(shape, options);
    const { bits, scales: groups } = layout;
    const scales = groups && groupScales(values, groups);
    const normalised = values.map((w, i) => {
      const scale = groups ? scales![scaleOf(i, groups)] : 1;
      return scale === 0 ? 0 : w / scale;
    });
    const clustering = withWeights(layout.clustering, shape, options, inputs);
    const { codebook, indices } = kMeans(normalised, clustering);
    const stream = new Uint8Array(partBytes(vectorParts(layout)[0]));
    indices.forEach((index, i) => writeCode(stream, 0, i, bits, index));
    const parts = new Map([
      ['indices', stream],
      ['codebook', halfBytes(codebook, 'nearest')],
    ]);
    if (scales) parts.set('scales', halfBytes(scales, 'nearest'));
    return parts;
  },

  decode(parts, shape, options) {
    const { bits, scales: groups, clustering } = vectorLayout(shape, options);
    const { dimension } = clustering;
    const codebook = halfValues(parts.get('codebook')!);
    const scales = groups && halfValues(parts.get('scales')!);
    return Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => {
      const index = readCode(parts.get('indices')!, 0, Math.floor(i / dimension), bits);
      return codebook[index * dimension + (i % dimension)] * (groups ? scales![scaleOf(i, groups)] : 1);
    });
  },
};

export default reference;
