import { halfBytes, halfValues, toHalf } from '../../../../kit/halves';
import type { LowRankFactors } from '../../../../kit/tenpak/lowRank/gpu';
import type { LowRank } from '../../../../kit/tenpak/lowRank/reference';
import type { TenpakCalderaLayout, TenpakCalderaParts } from './layout';

const LEVELS = 255;
/** Values that differ by no more than this share one code. */
const FLAT = 1e-8;

/** An 8-bit matrix: value ≈ code · step + low. */
interface Bytes {
  codes: Uint8Array;
  step: number;
  low: number;
}

const norm = (v: Float64Array) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0));

/** Computes L = U·√S [rows, rank] and V·√S [columns, rank] from v and A·v, whose norm is the singular value. */
export function balancedFactors(
  { left, right }: LowRank,
  rank: number,
): { left: Float32Array; right: Float32Array } {
  const rows = left.length / rank;
  const roots = Float64Array.from({ length: rank }, (_, k) =>
    Math.sqrt(norm(left.subarray(k * rows, (k + 1) * rows))),
  );
  const byItem = (source: Float64Array, factor: (k: number) => number) => {
    const items = source.length / rank;
    return Float32Array.from(source, (_, at) => {
      const [item, k] = [Math.floor(at / rank), at % rank];
      return source[k * items + item] * factor(k);
    });
  };
  return {
    left: byItem(left, (k) => (roots[k] === 0 ? 0 : 1 / roots[k])),
    right: byItem(right, (k) => roots[k]),
  };
}

/** Quantises to 256 levels from minimum to maximum. Codes come from the float32 range (faithful) or from the stored one. */
function quantise(values: Float32Array, faithful: boolean): Bytes {
  const low = values.reduce((a, b) => Math.min(a, b));
  const width = values.reduce((a, b) => Math.max(a, b)) - low;
  const step = width <= FLAT ? 1 : width / LEVELS;
  const range = faithful ? { step, low } : { step: toHalf(step, 'nearest'), low: toHalf(low, 'nearest') };
  const code = (x: number) => (range.step === 0 ? 0 : Math.floor((x - range.low) / range.step + 0.5));
  return { codes: Uint8Array.from(values, (x) => Math.max(0, Math.min(LEVELS, code(x)))), ...range };
}

type FactorParts = Pick<TenpakCalderaParts, 'left' | 'right' | 'ranges'>;

/** Quantises the factors. */
export function storeFactors(
  found: LowRank,
  { rank, faithful }: Pick<TenpakCalderaLayout, 'rank' | 'faithful'>,
): FactorParts {
  const factors = balancedFactors(found, rank);
  const [left, right] = [quantise(factors.left, faithful), quantise(factors.right, faithful)];
  const ranges = [left.step, left.low, right.step, right.low];
  return {
    left: left.codes,
    right: right.codes,
    ranges: halfBytes(ranges, faithful ? 'truncate' : 'nearest'),
  };
}

/** Restores the stored factors, left [rows, rank] and right [rank, columns]. */
export function dequantisedFactors(
  { left, right, ranges }: FactorParts,
  { rank, shape: [, columns] }: Pick<TenpakCalderaLayout, 'rank' | 'shape'>,
): LowRankFactors {
  const [leftStep, leftLow, rightStep, rightLow] = halfValues(ranges);
  return {
    rank,
    left: Float32Array.from(left, (code) => code * leftStep + leftLow),
    right: transposed(
      Float32Array.from(right, (code) => code * rightStep + rightLow),
      columns,
    ),
  };
}

/** Transposes [columns, rank]. */
function transposed(values: Float32Array, columns: number): Float32Array {
  const rank = values.length / columns;
  return values.map((_, at) => values[(at % columns) * rank + Math.floor(at / columns)]);
}

/** Returns the factors that the residual is taken from: as found, in float32 (faithful), or as stored. */
export function codingFactors(
  found: LowRank,
  stored: FactorParts,
  layout: TenpakCalderaLayout,
): LowRankFactors {
  const { rank, shape, faithful } = layout;
  if (!faithful) return dequantisedFactors(stored, layout);
  const { left, right } = balancedFactors(found, rank);
  return { rank, left, right: transposed(right, shape[1]) };
}
