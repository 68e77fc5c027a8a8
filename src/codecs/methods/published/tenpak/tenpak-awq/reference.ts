import { floatToHalfBits, halfBitsToFloat } from '../../../../../base/float16';
import { readCode } from '../../../../kit/bits';
import type { CodecReference } from '../../../../contract/codec';
import { bits16Of, bytesOf16 } from '../../../../kit/storedFloats';
import { clamp, floatOfBits, normalOrZero } from '../../../../kit/tenpak/int4/float32';
import { outlierIndices } from '../../../../kit/tenpak/int4/outliers';
import { largestWeight, restored } from '../../../../kit/tenpak/int4/ranges';
import { quantise } from '../../../../kit/tenpak/int4/reference';
import { bytesOfScales, columnScales, reciprocals, scalesOf } from './columns';
import { awqQuantiser, outlierCount } from './layout';
import { requireStorable } from './limits';

/** W·diag(s) in float32; without scales W itself. */
function scaled(values: Float32Array, factors: Float32Array | undefined): Float32Array {
  if (!factors) return values.slice();
  const limit = largestWeight('single');
  return values.map((w, i) => normalOrZero(Math.fround(clamp(w, limit) * factors[i % factors.length])));
}

const reference: CodecReference = {
  encode(values, shape, options, inputs) {
    const scales = inputs && columnScales(inputs.meanAbs);
    const weights = scaled(values, scales);
    const indices = outlierIndices(weights, outlierCount(shape));
    const outliers = Uint16Array.from(indices, (i) => floatToHalfBits(weights[i]));
    for (const index of indices) weights[index] = 0;
    const { codes, scales: ranges, offsets } = quantise(weights, awqQuantiser(options));
    const parts = new Map<string, Uint8Array>([
      ['codes', codes],
      ['scales', new Uint8Array(ranges.buffer)],
      ['offsets', new Uint8Array(offsets.buffer)],
    ]);
    if (indices.length > 0)
      parts.set('indices', new Uint8Array(indices.slice().buffer)).set('outliers', bytesOf16(outliers));
    if (scales) parts.set('columnScales', bytesOfScales(scales));
    requireStorable('The matrix', parts);
    return parts;
  },

  decode(parts, shape, options) {
    const group = Number(options.group);
    const ranges = new Uint32Array(parts.get('scales')!.slice().buffer);
    const offsets = new Uint32Array(parts.get('offsets')!.slice().buffer);
    const number = (bits: number) => normalOrZero(floatOfBits(bits));
    const values = new Float32Array(shape[0] * shape[1]);
    values.forEach((_, i) => {
      const g = Math.floor(i / group);
      const code = readCode(parts.get('codes')!, 0, i, 4);
      values[i] = restored(code, number(ranges[g]), number(offsets[g]));
    });
    const outliers = bits16Of(parts.get('outliers') ?? new Uint8Array());
    const indices = new Uint32Array((parts.get('indices') ?? new Uint8Array()).slice().buffer);
    indices.forEach((index, i) => (values[index] = halfBitsToFloat(outliers[i])));
    const scales = scalesOf(parts.get('columnScales'));
    if (!scales) return values;
    const factors = reciprocals(scales);
    return values.map((w, i) => normalOrZero(Math.fround(w * factors[i % factors.length])));
  },
};

export default reference;
