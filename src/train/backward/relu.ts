import type { ActivationView } from '../../runtime/linear/linear';
import { groupsFor, type RecordContext } from '../../runtime/ops/context';

/** max(x, 0) backwards over activations [rows, width]. */
export interface ReluBackwardCall {
  /** What it was taken of. */
  input: ActivationView;
  /** dL/d max(input, 0) → dL/d input, in place. */
  dy: ActivationView;
  rows: number;
}

/** Records dy = dy where input > 0, else 0. */
export async function recordReluBackward(
  { gpu, recorder }: RecordContext,
  { input, dy, rows }: ReluBackwardCall,
): Promise<void> {
  const kernel = await gpu.kernels.get({ module: 'train/reluBackward' });
  const { width, stride, column } = dy;
  recorder.dispatch(kernel, {
    params: { rows, width, inStride: input.stride, inColumn: input.column, stride, column },
    bindings: { input: input.buffer, d: dy.buffer },
    workgroups: groupsFor(rows * Math.ceil(width / 4)),
    cost: 4 * rows * width,
  });
}
