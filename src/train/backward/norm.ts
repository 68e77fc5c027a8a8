import type { ActivationView } from '../../runtime/linear/linear';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import { rowSize, type RecordContext } from '../../runtime/ops/context';
import { columnThreads, type ColumnsVariant } from './columnSums';

/** One normalisation backwards; activations are [rows, width]. */
export interface NormBackwardCall {
  /** What the forward pass normalised. */
  input: ActivationView;
  dy: ActivationView;
  /** Adds to it. */
  dx: ActivationView;
  /** [1, width ÷ heads] */
  weight: DenseMatrix;
  /** float32 [width ÷ heads]; adds to it. */
  dWeight: GPUBuffer;
  rows: number;
  epsilon: number;
  /** Equal ranges of columns, each a row of its own by one weight [1, width ÷ heads]; 1 unless given. */
  heads?: number;
}

/** Barriers compile slowly on software adapters and their threads run one after another. */
export type NormBackwardVariant = 'threads' | 'groups';

/** The entries of a variant: shaders/train/normRows.wgsl, normColumns.wgsl. */
const ENTRIES: Record<NormBackwardVariant, { rows: string; columns: ColumnsVariant }> = {
  threads: { rows: 'rowPerThread', columns: 'columnPerThread' },
  groups: { rows: 'rowPerWorkgroup', columns: 'columnPerGroup' },
};

export function normVariant({ gpu }: RecordContext): NormBackwardVariant {
  return gpu.info.software ? 'threads' : 'groups';
}

/** Gradients by x and by the weight; `centred` is layer normalisation, without it the root mean square is the scale. */
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

/** Rows as the kernels count them: one per token and head. */
function sizesOf({ rows, heads = 1, input }: Pick<NormBackwardCall, 'rows' | 'heads' | 'input'>) {
  return { rows: rows * heads, heads, width: input.width / heads };
}
