import { LabError } from '../../../../../base/errors';
import { HALF_MAX } from '../../../../../base/float16';
import { halfValues, toHalf } from '../../../../kit/halves';
import type { LowRankFactors } from '../../../../kit/tenpak/lowRank/gpu';
import type { LowRank } from '../../../../kit/tenpak/lowRank/reference';
import type { XLayout, XParts } from './layout';

/**
 * Computes L [rows, rank] = A·v, which holds the singular values, and R [rank, columns] = vᵀ with each column divided by its factor.
 * @param rounded to float16
 */
export function xFactors(
  { left, right }: LowRank,
  rank: number,
  columnFactors: Float32Array,
  rounded: boolean,
): LowRankFactors {
  const rows = left.length / rank;
  const columns = columnFactors.length;
  const stored = (x: number) => (rounded ? toHalf(x, 'nearest') : x);
  return {
    rank,
    left: Float32Array.from(left, (_, i) => stored(left[(i % rank) * rows + Math.floor(i / rank)])),
    right: Float32Array.from(right, (x, i) => stored(x / columnFactors[i % columns])),
  };
}

/** Reads the stored factors, if the matrix has a low-rank part. */
export function storedFactors({ left, right }: XParts, { rank }: XLayout): LowRankFactors | undefined {
  return left && right && { rank, left: halfValues(left), right: halfValues(right) };
}

/** Checks the factors. @throws LabError bad-input naming the tensor when one exceeds float16 */
export function requireHalfFactors(name: string, { left, right }: LowRankFactors): void {
  if ([left, right].every((factor) => factor.every((x) => Math.abs(x) <= HALF_MAX))) return;
  throw new LabError(
    'bad-input',
    `${name} has weights so large that its low-rank factors exceed float16 (65,504).`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}
