import type { ActivationView } from '../../runtime/linear/linear';
import { groupsFor, type RecordContext } from '../../runtime/ops/context';

/** GELU backwards over activations [rows, width]. */
export interface GeluBackwardCall {
  /** What GELU was taken of. */
  input: ActivationView;
  /** dL/d GELU(input) → dL/d input, in place. */
  dy: ActivationView;
  rows: number;
  form: 'tanh' | 'erf';
}

/** Records dy = dy · GELU′(input). */
export async function recordGeluBackward(
  { gpu, recorder }: RecordContext,
  { input, dy, rows, form }: GeluBackwardCall,
): Promise<void> {
  const kernel = await gpu.kernels.get({ module: 'train/geluBackward', conditions: { erf: form === 'erf' } });
  const { width, stride, column } = dy;
  recorder.dispatch(kernel, {
    params: { rows, width, inStride: input.stride, inColumn: input.column, stride, column },
    bindings: { input: input.buffer, d: dy.buffer },
    workgroups: groupsFor(rows * Math.ceil(width / 4)),
    cost: 30 * rows * width,
  });
}
