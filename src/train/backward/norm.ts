import type { ActivationView } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import { rowSize, type RecordContext } from '../../runtime/ops/context';
import { columnThreads, type ColumnsVariant } from './columnSums';

/** The backward pass of a normalisation; activations are [rows, width]. */
export interface NormBackwardCall {
  /** The input of the forward pass. */
  input: ActivationView;
  dy: ActivationView;
  /** The input's gradient, to which this adds. */
  dx: ActivationView;
  /** The weight [1, width ÷ heads]. */
  weight: DenseMatrix;
  /** The weight's gradient, float32 [width ÷ heads], to which this adds. */
  dWeight: GPUBuffer;
  rows: number;
  epsilon: number;
  /** Number of equal ranges of columns that are normalised as rows with one weight; default 1. */
  heads?: number;
}

/** One thread, or one workgroup, per row. Software adapters compile barriers slowly and run threads in turn. */
export type NormBackwardVariant = 'threads' | 'groups';

/** The entry points of each variant in shaders/train/normRows.wgsl and normColumns.wgsl. */
const ENTRIES: Record<NormBackwardVariant, { rows: string; columns: ColumnsVariant }> = {
  threads: { rows: 'rowPerThread', columns: 'columnPerThread' },
  groups: { rows: 'rowPerWorkgroup', columns: 'columnPerGroup' },
};

export function normVariant({ gpu }: RecordContext): NormBackwardVariant {
  return gpu.info.software ? 'threads' : 'groups';
}

/**
 * Records the gradients with respect to x and to the weight.
 * @param centred true for layer normalisation, false for RMS normalisation
 */
export async function recordNormBackward(
  context: RecordContext,
  call: NormBackwardCall,
  centred: boolean,
  variant: NormBackwardVariant,
): Promise<void> {
  const moments = context.recorder.scratch(8 * call.rows * (call.heads ?? 1), 'moments of rows');
  await recordRows(context, call, centred, moments, variant);
  await recordColumns(context, call, moments, variant);
}

async function recordRows(
  { recorder }: RecordContext,
  { input, dy, dx, weight, epsilon, ...call }: NormBackwardCall,
  centred: boolean,
  moments: GPUBuffer,
  variant: NormBackwardVariant,
): Promise<void> {
  const entry = ENTRIES[variant].rows;
  const kernel = { module: 'train/normRows', entry, conditions: { centred } };
  const sizes = sizesOf({ input, ...call });
  const { rows, width } = sizes;
  await recorder.dispatch(kernel, {
    params: {
      ...{ ...sizes, epsilon },
      ...{ inStride: input.stride, inColumn: input.column },
      ...{ dyStride: dy.stride, dyColumn: dy.column },
      ...{ dxStride: dx.stride, dxColumn: dx.column },
    },
    bindings: {
      ...{ input: input.buffer, dy: dy.buffer, dx: dx.buffer },
      ...{ weight: weight.parts[0].buffer, moments },
    },
    ...rowSize(variant === 'threads', rows),
    cost: 30 * rows * width,
  });
}

async function recordColumns(
  { recorder }: RecordContext,
  { input, dy, dWeight, ...call }: NormBackwardCall,
  moments: GPUBuffer,
  variant: NormBackwardVariant,
): Promise<void> {
  const entry = ENTRIES[variant].columns;
  const kernel = { module: 'train/normColumns', entry };
  const sizes = sizesOf({ input, ...call });
  const { rows, width } = sizes;
  await recorder.dispatch(kernel, {
    params: {
      ...sizes,
      ...{ inStride: input.stride, inColumn: input.column },
      ...{ dyStride: dy.stride, dyColumn: dy.column },
    },
    bindings: { input: input.buffer, dy: dy.buffer, moments, dWeight },
    threads: columnThreads(width, entry),
    cost: 6 * rows * width,
  });
}

/** Returns the sizes in the kernels' terms, with a row per token and head. */
function sizesOf({ rows, heads = 1, input }: Pick<NormBackwardCall, 'rows' | 'heads' | 'input'>) {
  return { rows: rows * heads, heads, width: input.width / heads };
}
