/**
 * Float32 arithmetic as the kernels do it (shaders/codecs/kit/tenpak/int4Arithmetic.wgsl): every operation is rounded once. A
 * float64 sum, product or quotient of float32 numbers, rounded to float32, is the correctly rounded one.
 */
const f32 = Math.fround;

/** Numerators below this count as zero, so that no result depends on how an adapter treats subnormals. */
const TINY = 2 ** -100;
/** The smallest normal float32. */
const MIN_NORMAL = 2 ** -126;

const value = new Float32Array(1);
const word = new Uint32Array(value.buffer);

/** Divides a by b in float32. Results below the smallest normal number are zero. */
export function divide(a: number, b: number): number {
  if (Math.abs(a) < TINY) return 0;
  const quotient = f32(a / b);
  return Math.abs(quotient) < MIN_NORMAL ? 0 : quotient;
}

/** Replaces a subnormal number or minus zero by zero. */
export function normalOrZero(x: number): number {
  return Math.abs(x) < MIN_NORMAL ? 0 : x;
}

/** Limits x to ± limit. */
export function clamp(x: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, x));
}

/** Truncates x to the bits of a float16. Magnitudes from 65536 up become infinity, and zeros lose their sign. */
export function truncateToHalf(x: number): number {
  value[0] = x;
  const bits = word[0];
  const exponent = (bits >>> 23) & 255;
  if (exponent === 0) return 0;
  const sign = (bits >>> 16) & 0x8000;
  if (exponent >= 143) return sign | 0x7c00;
  if (exponent >= 113) return sign | ((exponent - 112) << 10) | ((bits >>> 13) & 0x3ff);
  if (exponent < 103) return sign;
  return sign | (((bits & 0x7fffff) | 0x800000) >>> (126 - exponent));
}

/** Returns the bits of a float32. */
export function bitsOfFloat(x: number): number {
  value[0] = x;
  return word[0];
}

/** Width of a Hadamard block. */
export const HADAMARD_BLOCK = 256;

/**
 * Applies the normalised Walsh–Hadamard transform, which is its own inverse, to every whole block of 256 values in place. Values
 * after the last whole block stay as they are.
 */
export function hadamardBlocks(values: Float32Array, limit: number): void {
  for (let first = 0; first + HADAMARD_BLOCK <= values.length; first += HADAMARD_BLOCK) {
    const block = values.subarray(first, first + HADAMARD_BLOCK);
    block.forEach((x, i) => (block[i] = clamp(x, limit)));
    for (let half = 1; half < HADAMARD_BLOCK; half *= 2) butterflies(block, half);
    block.forEach((x, i) => (block[i] = x / 16));
  }
}

function butterflies(block: Float32Array, half: number): void {
  for (let start = 0; start < block.length; start += 2 * half)
    for (let i = start; i < start + half; i++) {
      const [a, b] = [block[i], block[i + half]];
      block[i] = a + b;
      block[i + half] = a - b;
    }
}
