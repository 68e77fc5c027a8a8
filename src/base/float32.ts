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
export function previousFloat32(x: number): number {
  float[0] = x;
  bits[0]--;
  return float[0];
}
