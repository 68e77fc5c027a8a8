import type { MatrixShape } from '../../../../contract/codec';
import type { PartLayout } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { bytesOfCodes } from '../../../../kit/tenpak/int4/layout';
import { SEARCH_STEPS } from '../../../../kit/tenpak/int4/methods';
import type { Quantiser } from '../../../../kit/tenpak/int4/ranges';

/** One weight in two hundred stays in float16. */
const OUTLIER_SHARE = 200;

export function outlierCount([rows, columns]: MatrixShape): number {
  return Math.floor((rows * columns) / OUTLIER_SHARE);
}

export function awqQuantiser(options: CodecOptions): Quantiser {
  const corrected = options.mode === 'corrected';
  return {
    group: Number(options.group),
    bits: 4,
    rounds: 5,
    eta: 0.5,
    weighting: 'extremes',
    stored: 'single',
    steps: corrected ? SEARCH_STEPS : 0,
  };
}

/**
 * Published: n/2 bytes of codes over flattened W, two float32 per group, int32 and float16 per outlier. `columnScales`
 * float16 [in] is added where no norm before the layer could take them.
 */
export function awqParts(shape: MatrixShape, options: CodecOptions): PartLayout[] {
  const count = shape[0] * shape[1];
  const groups = Math.ceil(count / Number(options.group));
  const outliers = outlierCount(shape);
  const floats: PartLayout[] = [
    { suffix: 'indices', kind: 'tables', dtype: 'I32', shape: [outliers] },
    { suffix: 'outliers', kind: 'float', dtype: 'F16', shape: [outliers] },
  ];
  return [
    { suffix: 'codes', kind: 'codes', dtype: 'U8', shape: [bytesOfCodes(count, 4)], unpadded: true },
    { suffix: 'scales', kind: 'scales', dtype: 'F32', shape: [groups] },
    { suffix: 'offsets', kind: 'scales', dtype: 'F32', shape: [groups] },
    ...(outliers > 0 ? floats : []),
    { suffix: 'columnScales', kind: 'scales', dtype: 'F16', shape: [shape[1]], optional: true },
  ];
}
