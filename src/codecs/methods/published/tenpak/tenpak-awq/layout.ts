import type { MatrixShape } from '../../../../contract/codec';
import type { OptionsOf } from '../../../../contract/meta';
import { part, type PartsOf } from '../../../../contract/parts';
import { bytesOfCodes } from '../../../../kit/tenpak/int4/layout';
import { SEARCH_STEPS } from '../../../../kit/tenpak/int4/methods';
import type { Quantiser } from '../../../../kit/tenpak/int4/ranges';
import type meta from './meta';

/** One weight in two hundred stays in float16. */
const OUTLIER_SHARE = 200;

type TenpakAwqOptions = OptionsOf<typeof meta>;

/** Everything the codec needs to know of one matrix, which is flattened row by row: groups run on across rows. */
export interface TenpakAwqLayout {
  columns: number;
  elements: number;
  /** Weights that stay in float16. */
  outliers: number;
  quantiser: Quantiser;
}

export function tenpakAwqLayout([rows, columns]: MatrixShape, options: TenpakAwqOptions): TenpakAwqLayout {
  const elements = rows * columns;
  const outliers = Math.floor(elements / OUTLIER_SHARE);
  return { columns, elements, outliers, quantiser: awqQuantiser(options) };
}

/** Returns the quantiser of the weights that are not outliers. */
export function awqQuantiser({ group, mode }: TenpakAwqOptions): Quantiser {
  return {
    group: Number(group),
    bits: 4,
    rounds: 5,
    eta: 0.5,
    weighting: 'extremes',
    stored: 'single',
    steps: mode === 'corrected' ? SEARCH_STEPS : 0,
  };
}

/**
 * Lists the published parts: n/2 bytes of codes over flattened W, two float32 per group, int32 and float16 per outlier; and
 * `columnScales` F16 [in], if no norm before the layer could take them.
 */
export function tenpakAwqParts({ columns, elements, outliers, quantiser }: TenpakAwqLayout) {
  const ranges = part('scales', 'F32', [Math.ceil(elements / quantiser.group)]);
  return {
    codes: part('codes', 'U8', [bytesOfCodes(elements, 4)], { unpadded: true }),
    scales: ranges,
    offsets: ranges,
    indices: outliers > 0 ? part('tables', 'I32', [outliers]) : undefined,
    outliers: outliers > 0 ? part('float', 'F16', [outliers]) : undefined,
    columnScales: part('scales', 'F16', [columns], { optional: true }),
  };
}

export type TenpakAwqParts = PartsOf<typeof tenpakAwqParts>;
