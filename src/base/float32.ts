/** Neighbouring float32 numbers of one sign have consecutive bit patterns, so adding 1 to the bits gives the next magnitude. */
const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** Returns the smallest float32 above the float32 x ≥ 0. For float32 w, |w| > x exactly if |w| ≥ nextFloat32(x). */
export function nextFloat32(x: number): number {
  float[0] = x;
  bits[0]++;
  return float[0];
}

/** Returns the largest float32 below the float32 x > 0. */
export function previousFloat32(x: number): number {
  float[0] = x;
  bits[0]--;
  return float[0];
}
