import { foldScale } from '../../../../kit/foldScale';
import { floatToHalfBits } from '../../../../../base/float16';
import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { readCode } from '../../../../kit/bits';
import { halfBytes, halfValues } from '../../../../kit/halves';
import { bits32Of, bytesOf16, bytesOf32, float32Values } from '../../../../kit/storedFloats';
import { clamp, normalOrZero } from '../../../../kit/tenpak/int4/float32';
import { outlierIndices } from '../../../../kit/tenpak/int4/outliers';
import { largestWeight, restored } from '../../../../kit/tenpak/int4/ranges';
import { quantise } from '../../../../kit/tenpak/int4/reference';
import { columnScales, reciprocals, valuesOfScales } from './columns';
import type { TenpakAwqLayout, TenpakAwqParts } from './layout';
import { requireStorable } from './limits';

/** Computes W·diag(s) in float32, or copies W if there are no scales. */
function scaled(values: Float32Array, factors: Float32Array | undefined): Float32Array {
  if (!factors) return values.slice();
  const limit = largestWeight('single');
  return values.map((w, i) => normalOrZero(Math.fround(clamp(w, limit) * factors[i % factors.length])));
}

/** Encodes W·diag(s); s itself is not among the parts. */
function encodeScaled(
  values: Float32Array,
  { outliers: count, quantiser }: TenpakAwqLayout,
  columns: Float32Array | undefined,
): TenpakAwqParts {
  const weights = scaled(values, columns);
  const indices = outlierIndices(weights, count);
  const outliers = Uint16Array.from(indices, (i) => floatToHalfBits(weights[i]));
  for (const index of indices) weights[index] = 0;
  const { codes, scales, offsets } = quantise(weights, quantiser);
  const parts = {
    ...{ codes, scales: bytesOf32(scales), offsets: bytesOf32(offsets) },
    ...(count > 0 && { indices: bytesOf32(indices), outliers: bytesOf16(outliers) }),
  };
  requireStorable('The matrix', parts);
  return parts;
}

/** The definition of Tenpak's INT4-AWQ. */
export const tenpakAwqReference: ReferenceDefinition<TenpakAwqLayout, TenpakAwqParts> = {
  encode(values, layout, inputs) {
    const columns = inputs && columnScales(inputs.meanAbs);
    const parts = encodeScaled(values, layout, columns);
    return columns ? { ...parts, columnScales: halfBytes(columns, 'nearest') } : parts;
  },

  encodeGroup({ tensors, norm }, inputs) {
    const columns = norm && inputs && columnScales(inputs.meanAbs);
    const encode = ({ values, layout }: { values: Float32Array; layout: TenpakAwqLayout }) =>
      columns ? encodeScaled(values, layout, columns) : tenpakAwqReference.encode(values, layout, inputs);
    const parts = new Map(tensors.map((tensor) => [tensor.name, encode(tensor)]));
    return columns ? { parts, replaced: foldScale(norm, columns), columnScale: columns } : { parts };
  },

  decode(parts, { elements, quantiser }) {
    const [scales, offsets] = [parts.scales, parts.offsets].map((bytes) =>
      float32Values(bytes).map(normalOrZero),
    );
    const values = Float32Array.from({ length: elements }, (_, i) => {
      const g = Math.floor(i / quantiser.group);
      return restored(readCode(parts.codes, 0, i, 4), scales[g], offsets[g]);
    });
    const outliers = halfValues(parts.outliers ?? new Uint8Array());
    bits32Of(parts.indices ?? new Uint8Array()).forEach((index, i) => (values[index] = outliers[i]));
    const columns = valuesOfScales(parts.columnScales);
    if (!columns) return values;
    const factors = reciprocals(columns);
    return values.map((w, i) => normalOrZero(Math.fround(w * factors[i % factors.length])));
  },
};
