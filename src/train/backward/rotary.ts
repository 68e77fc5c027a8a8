import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext, TokenLayout } from '../../runtime/ops/context';
import { recordRotary, type RotaryShape } from '../../runtime/ops/rotary';

/**
 * Records the rotation of a gradient [tokens, heads · headWidth] by the opposite angles in place: the transpose of a rotation
 * is its inverse.
 * @param angles `rotaryTable` on the GPU, as in the forward pass
 */
export async function recordRotaryBackward(
  context: RecordContext,
  d: ActivationView,
  angles: GPUBuffer,
  shape: RotaryShape,
  layout: TokenLayout,
): Promise<void> {
  await recordRotary(context, d, angles, shape, layout, true);
}
