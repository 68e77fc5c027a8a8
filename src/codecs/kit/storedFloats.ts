import { LabError } from '../../base/errors';
import { damaged } from '../contract/parts';

/** The exponent fields of the two-byte float formats. All their bits are set in infinity and NaN. */
export const HALF_EXPONENT = 0x7c00;
export const BFLOAT16_EXPONENT = 0x7f80;

/** Finds the index of the first infinity or NaN among little-endian 16-bit floats, or −1 if all are finite. */
export function findNonFinite16(bytes: Uint8Array, exponent: number): number {
  const high = exponent >> 8;
  const low = exponent & 0xff;
  for (let i = 0; i < bytes.length; i += 2)
    if ((bytes[i + 1] & high) === high && (bytes[i] & low) === low) return i / 2;
  return -1;
}

/** Finds the index of the first infinity or NaN among little-endian float32, or −1 if all are finite. */
export function findNonFinite32(bytes: Uint8Array): number {
  for (let i = 0; i < bytes.length; i += 4)
    if ((bytes[i + 3] & 0x7f) === 0x7f && bytes[i + 2] & 0x80) return i / 4;
  return -1;
}

/**
 * Checks encoded float16 scales, which are infinite where the scale of a group exceeds 65,504.
 * @throws LabError bad-input naming the tensor
 */
export function requireHalfScales(name: string, scales: Uint8Array): void {
  const index = findNonFinite16(scales, HALF_EXPONENT);
  if (index < 0) return;
  throw new LabError(
    'bad-input',
    `${name} has weights so large that the scale of group ${index} exceeds float16 (65,504).`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}

/** Checks that stored float16 scales are finite. @throws LabError bad-file naming the tensor */
export function checkStoredScales(name: string, scales: Uint8Array): void {
  const index = findNonFinite16(scales, HALF_EXPONENT);
  if (index >= 0) throw damaged(name, `scale ${index} is not a finite number`);
}

/** Converts 16-bit patterns to little-endian bytes. */
export function bytesOf16(bits: Uint16Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint16Array.from(bits).buffer);
}

/** Reads 16-bit patterns from little-endian bytes at any alignment. */
export function bits16Of(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.slice().buffer);
}

/** Converts 32-bit patterns to little-endian bytes. */
export function bytesOf32(bits: Uint32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Uint32Array.from(bits).buffer);
}

/** Reads 32-bit patterns from little-endian bytes at any alignment. */
export function bits32Of(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}

/** Copies float32 values as little-endian bytes. */
export function float32Bytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));
}

/** Reads float32 values from little-endian bytes at any alignment. */
export function float32Values(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
