import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext } from '../../runtime/ops/context';

/** The backward pass of max(x, 0) over activations [rows, width]. */
export interface ReluBackwardCall {
  /** The input of the forward pass. */
  input: ActivationView;
  /** dL/d max(input, 0), which becomes dL/d input in place. */
  dy: ActivationView;
  rows: number;
}

/** Records dy = dy where input > 0, else 0. */
export async function recordReluBackward(
  { recorder }: RecordContext,
  { input, dy, rows }: ReluBackwardCall,
): Promise<void> {
  const { width, stride, column } = dy;
  await recorder.dispatch('train/reluBackward', {
    params: { rows, width, inStride: input.stride, inColumn: input.column, stride, column },
    bindings: { input: input.buffer, d: dy.buffer },
    threads: rows * Math.ceil(width / 4),
    cost: 4 * rows * width,
  });
}
