import type { DispatchSize } from '../../gpu/recorder';
import type { ActivationView } from '../linear/linear';
import type { DenseMatrix } from '../linear/matrix';
import { rowSize, type RecordContext } from './context';

export interface NormCall {
  input: ActivationView;
  out: ActivationView;
  rows: number;
  /** [1, width] */
  weight: DenseMatrix;
  epsilon: number;
}

/** The kernels of a norm. Software adapters use one thread per row: they compile barriers slowly and run threads in turn. */
export type NormVariant = 'rowPerThread' | 'rowPerWorkgroup';

/** Records out = (input − mean) ÷ √(variance + ε) · weight + bias over each row. */
export async function recordLayerNorm(
  { gpu, recorder }: RecordContext,
  call: NormCall & { bias: DenseMatrix },
  variant = defaultVariant(gpu),
): Promise<void> {
  const kernel = { module: 'runtime/layerNorm', entry: variant };
  const { rows, input } = call;
  await recorder.dispatch(kernel, {
    params: { ...normParams(call), rows, width: input.width },
    bindings: { ...normBindings(call), bias: call.bias.parts[0].buffer },
    ...normGrid(variant, rows, input.width),
  });
}

/** Records out = (input − mean) ÷ √(variance + ε) · (1 + scale) + shift, with one scale and shift for each sequence. */
export async function recordAdaptiveNorm(
  { gpu, recorder }: RecordContext,
  call: Omit<NormCall, 'weight'> & { shift: ActivationView; scale: ActivationView; length: number },
  variant = defaultVariant(gpu),
): Promise<void> {
  const kernel = { module: 'runtime/layerNorm', entry: variant, conditions: { adaptive: true } };
  const { rows, input, out, shift, scale, length } = call;
  await recorder.dispatch(kernel, {
    params: {
      ...{ ...normParams(call), rows, width: input.width, length },
      ...{ shiftStride: shift.stride, shiftColumn: shift.column },
      ...{ scaleStride: scale.stride, scaleColumn: scale.column },
    },
    bindings: { input: input.buffer, weight: scale.buffer, bias: shift.buffer, out: out.buffer },
    ...normGrid(variant, rows, input.width),
  });
}

/**
 * Records out = input ÷ √(mean(input²) + ε) · weight over each row, or over each of `heads` equal ranges of columns of a row,
 * whose weight is [1, width ÷ heads].
 */
export async function recordRmsNorm(
  { gpu, recorder }: RecordContext,
  call: NormCall & { heads?: number },
  variant = defaultVariant(gpu),
): Promise<void> {
  const kernel = { module: 'runtime/rmsNorm', entry: variant };
  const { heads = 1, input } = call;
  const [rows, width] = [call.rows * heads, input.width / heads];
  await recorder.dispatch(kernel, {
    params: { ...normParams(call), rows, heads, width },
    bindings: normBindings(call),
    ...normGrid(variant, rows, width),
  });
}

function defaultVariant({ info }: RecordContext['gpu']): NormVariant {
  return info.software ? 'rowPerThread' : 'rowPerWorkgroup';
}

function normParams({ input, out, epsilon }: Omit<NormCall, 'weight'>): Record<string, number> {
  return {
    epsilon,
    ...{ inStride: input.stride, inColumn: input.column },
    ...{ outStride: out.stride, outColumn: out.column },
  };
}

function normBindings({ input, out, weight }: NormCall): Record<string, GPUBuffer> {
  return { input: input.buffer, weight: weight.parts[0].buffer, out: out.buffer };
}

function normGrid(variant: NormVariant, rows: number, width: number): DispatchSize & { cost: number } {
  return { ...rowSize(variant === 'rowPerThread', rows), cost: 20 * rows * width };
}
