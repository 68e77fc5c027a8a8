import type { ActivationView } from '../../runtime/linear/linear';
import type { RecordContext } from '../../runtime/ops/context';

/** The backward pass of GELU over activations [rows, width]. */
export interface GeluBackwardCall {
  /** The input of the forward pass. */
  input: ActivationView;
  /** dL/d GELU(input), which becomes dL/d input in place. */
  dy: ActivationView;
  rows: number;
  form: 'tanh' | 'erf';
}

/** Records dy = dy · GELU′(input). */
export async function recordGeluBackward(
  { recorder }: RecordContext,
  { input, dy, rows, form }: GeluBackwardCall,
): Promise<void> {
  const kernel = { module: 'train/geluBackward', conditions: { erf: form === 'erf' } };
  const { width, stride, column } = dy;
  await recorder.dispatch(kernel, {
    params: { rows, width, inStride: input.stride, inColumn: input.column, stride, column },
    bindings: { input: input.buffer, d: dy.buffer },
    threads: rows * Math.ceil(width / 4),
    cost: 30 * rows * width,
  });
}
