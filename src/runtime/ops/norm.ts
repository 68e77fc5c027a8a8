import type { ActivationView } from '../linear';
import type { DenseMatrix } from '../matrix';
import { groupsFor, type RecordContext } from './context';

export interface NormCall {
  input: ActivationView;
  out: ActivationView;
  rows: number;
  /** [1, width] */
  weight: DenseMatrix;
  epsilon: number;
}

/** Barriers compile slowly on software adapters and their threads run one after another: there a thread owns a row. */
export type NormVariant = 'rowPerThread' | 'rowPerWorkgroup';

/** out = (input − mean) ÷ √(variance + ε) · weight + bias, by rows. */
export async function recordLayerNorm(
  context: RecordContext,
  call: NormCall & { bias: DenseMatrix },
  variant = defaultVariant(context),
): Promise<void> {
  await record(context, 'runtime/layerNorm', call, { bias: call.bias.parts[0].buffer }, variant);
}

/** out = input ÷ √(mean(input²) + ε) · weight, by rows. */
export async function recordRmsNorm(
  context: RecordContext,
  call: NormCall,
  variant = defaultVariant(context),
): Promise<void> {
  await record(context, 'runtime/rmsNorm', call, {}, variant);
}

function defaultVariant({ gpu }: RecordContext): NormVariant {
  return gpu.info.software ? 'rowPerThread' : 'rowPerWorkgroup';
}

async function record(
  { gpu, recorder }: RecordContext,
  module: string,
  { input, out, rows, weight, epsilon }: NormCall,
  more: Record<string, GPUBuffer>,
  variant: NormVariant,
): Promise<void> {
  const kernel = await gpu.kernels.get({ module, entry: variant });
  const { width } = input;
  recorder.dispatch(kernel, {
    params: {
      rows,
      width,
      epsilon,
      inStride: input.stride,
      inColumn: input.column,
      outStride: out.stride,
      outColumn: out.column,
    },
    bindings: { input: input.buffer, weight: weight.parts[0].buffer, out: out.buffer, ...more },
    workgroups: variant === 'rowPerThread' ? groupsFor(rows) : rows,
    cost: 20 * rows * width,
  });
}
