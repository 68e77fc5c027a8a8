/**
 * IEEE 754 binary16 ("half") and bfloat16 as bit patterns in 16-bit integers. Conversion rounds to nearest, ties to even,
 * in one step from the float64 argument (no double rounding through float32), so host codecs get the bits a correctly
 * rounding device would.
 */

/** Adding and subtracting 2⁵² rounds a float64 in [0, 2⁵²) to an integer, ties to even. */
const ROUND = 2 ** 52;

/** The smallest magnitude that rounds to infinity: halfway between 65504 and 65536, a tie that goes to even. */
const HALF_OVERFLOW = 65520;

/** The largest finite binary16 number. */
export const HALF_MAX = 65504;

const float64 = new Float64Array(1);
const words = new Uint32Array(float64.buffer);

/** Returns ⌊log₂|x|⌋ of a finite float64, read from its bits; −1023 for zero and subnormal numbers. */
function exponentOf(x: number): number {
  float64[0] = x;
  return ((words[1] >>> 20) & 0x7ff) - 1023;
}

/** Returns the binary16 bits of `x`. NaN becomes the quiet NaN 0x7e00, and magnitudes of 65520 or more become infinity. */
export function floatToHalfBits(x: number): number {
  if (x !== x) return 0x7e00;
  const exponent = Math.max(exponentOf(x), -14);
  const sign = (words[1] >>> 16) & 0x8000;
  const magnitude = Math.abs(x);
  if (magnitude >= HALF_OVERFLOW) return sign | 0x7c00;
  const significand = magnitude * HALF_STEPS[exponent + 14] + ROUND - ROUND;
  // The significand of a normal number is 1024 … 2048; adding 2048 carries into the exponent, which gives the next power
  // of two.
  return sign | ((exponent + 14) * 1024 + significand);
}

/** Reciprocals of the spacing of halves at exponents −14 … 15. */
const HALF_STEPS = Float64Array.from({ length: 30 }, (_, i) => 2 ** (24 - i));

let halfTable: Float32Array | undefined;

/** Returns the values of all 65,536 bit patterns; float32 represents every half exactly. */
function halves(): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, bits) => decodeHalf(bits));
  return halfTable;
}

function decodeHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** Returns the value of a binary16 bit pattern. */
export function halfBitsToFloat(bits: number): number {
  return halves()[bits & 0xffff];
}

/** Returns `x` rounded to the nearest half, ties to even; ±Infinity from a magnitude of 65520. */
export function roundToHalf(x: number): number {
  return halfBitsToFloat(floatToHalfBits(x));
}

/** Returns the bfloat16 bits of `x`. NaN becomes the quiet NaN 0x7fc0. */
export function floatToBfloat16Bits(x: number): number {
  if (x !== x) return 0x7fc0;
  const exponent = Math.max(exponentOf(x), -126);
  const sign = (words[1] >>> 16) & 0x8000;
  if (exponent > 127) return sign | 0x7f80;
  const significand = Math.abs(x) * 2 ** (7 - exponent) + ROUND - ROUND;
  return sign | ((exponent + 126) * 128 + significand);
}

const float32 = new Float32Array(1);
const word32 = new Uint32Array(float32.buffer);

/** Returns the value of a bfloat16 bit pattern, which is the upper 16 bits of a float32. */
export function bfloat16BitsToFloat(bits: number): number {
  word32[0] = (bits & 0xffff) << 16;
  return float32[0];
}

/** Returns the float32 values of binary16 bit patterns. */
export function halvesToFloats(bits: Uint16Array): Float32Array {
  const table = halves();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]];
  return values;
}

/** Returns the binary16 bit patterns of numbers, rounded as `floatToHalfBits` rounds. */
export function floatsToHalves(values: ArrayLike<number>): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = floatToHalfBits(values[i]);
  return bits;
}

/** Returns the float32 values of bfloat16 bit patterns. */
export function bfloat16sToFloats(bits: Uint16Array): Float32Array {
  const patterns = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) patterns[i] = bits[i] << 16;
  return new Float32Array(patterns.buffer);
}

/** Returns the bfloat16 bit patterns of numbers, rounded as `floatToBfloat16Bits` rounds. */
export function floatsToBfloat16s(values: ArrayLike<number>): Uint16Array {
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = floatToBfloat16Bits(values[i]);
  return bits;
}
