import { rotary, type RotaryRotation } from '../../runtime/reference/math';

/** Computes the backward pass of a row: the transpose of a rotation is the rotation by the opposite angle. */
export function rotaryBackward(
  d: Float64Array,
  rotation: RotaryRotation,
  position: number,
  length: number,
): Float64Array {
  return rotary(d, rotation, -position, length);
}
