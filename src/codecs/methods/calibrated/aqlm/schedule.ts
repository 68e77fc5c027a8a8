import { LabError } from '../../../../base/errors';
import { KeyedRandom } from '../../../../base/random';
import type { AqlmLayout } from './layout';

/** Rounds of k-means behind the first entries of each codebook. */
export const KMEANS_ROUNDS = 8;
/** Conjugate gradient steps per codebook update: the start is the last solution, so few suffice. */
export const GRADIENT_STEPS = 6;

/** Streams of the keyed generator that first entries come from, one per codebook. */
const STREAM = 0xaa10;

/**
 * Vectors (row · groups + group) that a codebook starts from: `entries` different ones where there are as many, else each
 * once and then again from the first.
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
 * What is added to the diagonal of G [columns, columns], from that diagonal.
 * @throws LabError bad-input when no input is ever different from zero
 */
export function dampingOf(name: string, diagonal: ArrayLike<number>, share: number): number {
  let sum = 0;
  for (let i = 0; i < diagonal.length; i++) sum += diagonal[i];
  if (sum > 0 && Number.isFinite(sum)) return (share * sum) / diagonal.length;
  throw new LabError(
    'bad-input',
    `The inputs that calibration saw of ${name} are ${sum === 0 ? 'all zero' : 'not finite'}, so its output error says nothing.`,
    'Use other or more calibration text, or aqlm with weighting=none.',
  );
}
