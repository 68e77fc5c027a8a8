import { rotary, type RotaryPairs } from '../../runtime/reference/math';

/** Computes the backward pass of a row: the transpose of a rotation is the rotation by the opposite angle. */
export function rotaryBackward(
  d: Float64Array,
  heads: number,
  headWidth: number,
  theta: number,
  position: number,
  pairs?: RotaryPairs,
): Float64Array {
  return rotary(d, heads, headWidth, theta, -position, pairs);
}
