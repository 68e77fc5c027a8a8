/** Steps between neighbouring float32 numbers are steps of their bits, for magnitudes. */
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** The least float32 above x ≥ 0: |w| > x is |w| ≥ nextFloat32(x). */
export function nextFloat32(x: number): number {
  float[0] = x;
  bits[0]++;
  return float[0];
}

/** The largest float32 below x > 0. */
function previousFloat32(x: number): number {
  float[0] = x;
  bits[0]--;
  return float[0];
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
