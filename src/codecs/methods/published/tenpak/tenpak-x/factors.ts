import { LabError } from '../../../../../base/errors';
import { HALF_MAX } from '../../../../../base/float16';
import { toHalf } from '../../../../kit/halves';
import type { Factors } from '../../../../kit/tenpak/lowRank/lowRank';
import type { LowRank } from '../../../../kit/tenpak/lowRank/lowRankReference';

/**
 * L [rows, rank] = A·v with the singular values in it, R [rank, columns] = vᵀ with each column divided by its factor; float32,
 * or as float16 holds them.
 */
export function xFactors(
  { left, right }: LowRank,
  rank: number,
  columnFactors: Float32Array,
  rounded: boolean,
): Factors {
  const rows = left.length / rank;
  const columns = columnFactors.length;
  const stored = (x: number) => (rounded ? toHalf(x, 'nearest') : x);
  return {
    rank,
    left: Float32Array.from(left, (_, i) => stored(left[(i % rank) * rows + Math.floor(i / rank)])),
    right: Float32Array.from(right, (x, i) => stored(x / columnFactors[i % columns])),
  };
}

/** @throws LabError bad-input naming the tensor when a factor exceeds float16 */
export function requireHalfFactors(name: string, { left, right }: Factors): void {
  if ([left, right].every((factor) => factor.every((x) => Math.abs(x) <= HALF_MAX))) return;
  throw new LabError(
    'bad-input',
    `${name} has weights so large that its low-rank factors exceed float16 (65,504).`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}
