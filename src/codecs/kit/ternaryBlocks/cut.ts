import { nextFloat32, previousFloat32 } from '../../../base/float32';

/** −1, 0 or 1 for a weight, given the least magnitude that does not become 0. */
export function tritOf(w: number, cut: number): number {
  return Math.abs(w) < cut ? 0 : Math.sign(w);
}

/**
 * The least float32 magnitude that `reaches`, a test that stays true once it is, such as a rounded quotient at a threshold.
 * Kernels then compare magnitudes with it, and no rounding of their own can change a code.
 * @param guess a few steps away from it, and > 0 unless 0 reaches
 */
export function leastReaching(guess: number, reaches: (magnitude: number) => boolean): number {
  let least = Math.fround(guess);
  while (least > 0 && reaches(previousFloat32(least))) least = previousFloat32(least);
  while (!reaches(least)) least = nextFloat32(least);
  return least;
}

/**
 * The least |w| of a block that ggml and the GGUF writers code ±1: fround(|w| · fround(1 ÷ largest)) ≥ threshold. With ½ this is
 * llama.cpp's rounding half away from zero. The largest weight itself is always kept.
 * @returns Infinity where 1 ÷ largest is no finite float32
 */
export function shareCut(largest: number, threshold: number): number {
  const inverse = Math.fround(1 / largest);
  if (!Number.isFinite(inverse)) return Infinity;
  const share = Math.fround(threshold);
  return leastReaching(share * largest, (w) => w >= largest || Math.fround(w * inverse) >= share);
}
