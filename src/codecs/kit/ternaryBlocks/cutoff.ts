import { nextFloat32, previousFloat32 } from '../../../base/float32';

/** Rounds a weight to −1, 0 or 1, given the smallest magnitude that does not become 0. */
export function tritOf(w: number, cutoff: number): number {
  return Math.abs(w) < cutoff ? 0 : Math.sign(w);
}

/**
 * Finds the smallest float32 magnitude for which `reaches` is true, a monotonic test such as a rounded quotient against a threshold.
 * Kernels compare magnitudes with it, so that their own rounding cannot change a code.
 * @param guess a float32 a few steps away from the result, above 0 unless `reaches(0)`
 */
export function smallestReaching(guess: number, reaches: (magnitude: number) => boolean): number {
  let smallest = Math.fround(guess);
  while (smallest > 0 && reaches(previousFloat32(smallest))) smallest = previousFloat32(smallest);
  while (!reaches(smallest)) smallest = nextFloat32(smallest);
  return smallest;
}

/**
 * Computes the smallest |w| of a block that ggml and the GGUF writers code as ±1: fround(|w| · fround(1 ÷ largest)) ≥ threshold. With ½
 * this is llama.cpp's rounding half away from zero. The largest weight itself is always ±1.
 * @returns Infinity where 1 ÷ largest is not a finite float32
 */
export function relativeCutoff(largest: number, threshold: number): number {
  const inverse = Math.fround(1 / largest);
  if (!Number.isFinite(inverse)) return Infinity;
  const share = Math.fround(threshold);
  return smallestReaching(share * largest, (w) => w >= largest || Math.fround(w * inverse) >= share);
}
