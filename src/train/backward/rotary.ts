import type { ActivationView } from '../../runtime/linear';
import { groupsFor, type RecordContext, type TokenLayout } from '../../runtime/ops/context';

/**
 * Turns a gradient [tokens, heads · headWidth] back in place: the transpose of a rotation is the one by the opposite angle.
 * @param angles `rotaryTable` on the GPU, as in the forward pass
 */
export async function recordRotaryBackward(
  { gpu, recorder }: RecordContext,
  d: ActivationView,
  angles: GPUBuffer,
  { heads, headWidth }: { heads: number; headWidth: number },
  { sequences, length, state }: TokenLayout,
): Promise<void> {
  const kernel = await gpu.kernels.get({ module: 'runtime/rotary', conditions: { inverse: true } });
  const tokens = sequences * length;
  const half = headWidth / 2;
  recorder.dispatch(kernel, {
    params: { tokens, length, heads, half, stride: d.stride, column: d.column },
    bindings: { state, angles, value: d.buffer },
    workgroups: groupsFor(tokens * heads * half),
    cost: 8 * tokens * heads * half,
  });
}
