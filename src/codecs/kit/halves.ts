import { LabError } from '../../base/errors';
import { floatToHalfBits, HALF_MAX, halfBitsToFloat } from '../../base/float16';
import { damaged } from '../contract/parts';
import { bits16Of, bytesOf16, findNonFinite16, HALF_EXPONENT } from './storedFloats';

/** How a float is rounded to float16: to the `nearest`, or by `truncate` towards zero as in Tenpak. */
export type HalfRounding = 'nearest' | 'truncate';

const INFINITE = 0x7c00;

/** Converts `x` to the bits of a float16. Magnitudes that round beyond 65,504 become 65,504. */
export function halfBits(x: number, rounding: HalfRounding): number {
  const bits = floatToHalfBits(x);
  const finite = (bits & 0x7fff) === INFINITE ? bits - 1 : bits;
  if (rounding === 'nearest') return finite;
  return Math.abs(halfBitsToFloat(finite)) > Math.abs(x) ? finite - 1 : finite;
}

/** Rounds `x` to the nearest float16, or towards zero. */
export function toHalf(x: number, rounding: HalfRounding): number {
  return halfBitsToFloat(halfBits(x, rounding));
}

/** Converts values to the bytes of float16. */
export function halfBytes(values: ArrayLike<number>, rounding: HalfRounding): Uint8Array<ArrayBuffer> {
  return bytesOf16(Uint16Array.from(values, (x) => halfBits(x, rounding)));
}

/** Converts the bytes of float16 to values. */
export function halfValues(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bits16Of(bytes), halfBitsToFloat);
}

/** Checks that float16 codebooks and offsets can hold the weights. @throws LabError bad-input naming the tensor and the weight */
export function requireHalfRange(name: string, values: Float32Array): void {
  const index = values.findIndex((w) => Math.abs(w) > HALF_MAX);
  if (index < 0) return;
  throw new LabError(
    'bad-input',
    `${name} holds ${values[index]}, beyond float16 (65,504), in which this codec stores its centroids and offsets.`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}

/** Checks that stored float16 values are finite. @throws LabError bad-file naming the tensor and part */
export function checkStoredHalves(name: string, suffix: string, bytes: Uint8Array): void {
  const index = findNonFinite16(bytes, HALF_EXPONENT);
  if (index >= 0) throw damaged(name, `${suffix} ${index} is not a finite number`);
}
