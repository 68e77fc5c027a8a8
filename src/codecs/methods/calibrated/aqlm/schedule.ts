import { LabError } from '../../../../base/errors';
import { KeyedRandom } from '../../../../base/random';
import type { AqlmLayout } from './layout';

/** Rounds of k-means after the first entries of each codebook are chosen. */
export const KMEANS_ROUNDS = 8;
/** Conjugate gradient steps of one codebook update. A few suffice, because each update starts from the last solution. */
export const GRADIENT_STEPS = 6;

/** The first of the keyed generator's streams for first entries, one per codebook. */
const STREAM = 0xaa10;

/**
 * Chooses the vectors (row · groups + group) that a codebook starts from: `entries` different ones, or, where the matrix has
 * fewer, all of them over and over.
 */
export function seedItems({ rows, groups, entries, seed }: AqlmLayout, codebook: number): Uint32Array {
  const count = rows * groups;
  if (count <= entries) return Uint32Array.from({ length: entries }, (_, k) => k % count);
  const random = new KeyedRandom(seed, STREAM + codebook);
  // Fisher–Yates on a sparse permutation: only the swapped places are kept.
  const moved = new Map<number, number>();
  return Uint32Array.from({ length: entries }, (_, k) => {
    const other = k + Math.floor(random.uniformAt(k) * (count - k));
    const item = moved.get(other) ?? other;
    moved.set(other, moved.get(k) ?? k);
    return item;
  });
}

/**
 * Returns what is added to the diagonal of the Gram matrix: a share of the diagonal's mean.
 * @throws LabError bad-input naming the tensor when the inputs are all zero or not finite
 */
export function dampingOf(name: string, diagonal: ArrayLike<number>, share: number): number {
  let sum = 0;
  for (let i = 0; i < diagonal.length; i++) sum += diagonal[i];
  if (sum > 0 && Number.isFinite(sum)) return (share * sum) / diagonal.length;
  throw new LabError(
    'bad-input',
    `The calibration inputs of ${name} are ${sum === 0 ? 'all zero' : 'not finite'}, so its output error cannot be measured.`,
    'Use other or more calibration data, or aqlm with weighting=none.',
  );
}
