import type { Gpu } from '../../gpu/gpu';
import { maxDispatchCost } from '../../gpu/dispatchCost';
import type { RecordContext } from '../../runtime/ops/context';

/** Number of threads per row and bytes per state, as in shaders/evaluate/lossState.wgsl. */
const LANES = 16;
export const STATE_BYTES = 16;
/** Estimated floating-point operations per logit. */
const COST_PER_LOGIT = 12;

/** The part of the loss that follows a teacher, and the temperature that softens both distributions. */
export interface DistillationLoss {
  /** Weight in the loss, in (0, 1]. */
  weight: number;
  temperature: number;
}

export interface LossCall {
  /** Logits [rows, stride], of which the first `vocabulary` columns are used; they become dL/dlogits in place. */
  logits: GPUBuffer;
  /** Number of floats from row to row, a multiple of 4. */
  stride: number;
  rows: number;
  vocabulary: number;
  /** The target token of each row of the batch, or IGNORE. */
  targets: GPUBuffer;
  /** The row of the batch that is row 0 of the logits. */
  rowOffset: number;
  /** One float, the factor of the gradient of each row's loss. */
  factor: GPUBuffer;
  /** The states of the rows of the batch, `statesPerRow` of 16 bytes each (see src/train/outcome.ts). */
  states: GPUBuffer;
  /** The teacher's logits in the same layout. */
  distillation?: DistillationLoss & { teacher: GPUBuffer };
}

/** Returns the number of states of a row: its own, and with a teacher those of both softened distributions. */
export function statesPerRow(distillation: unknown): number {
  return distillation === undefined ? 1 : 3;
}

/** Returns the largest number of rows whose lanes fit one binding. */
export function maxLossRows(gpu: Gpu, distillation: unknown): number {
  return Math.floor(gpu.maxBindingBytes / (STATE_BYTES * LANES * statesPerRow(distillation)));
}

/**
 * Records the losses and the gradient of some rows of logits: the cross entropy with the target, or with a teacher
 * (1 − w)·NLL + w·T²·KL(teacher ‖ student) (src/train/reference/loss.ts).
 */
export async function recordLoss(context: RecordContext, call: LossCall): Promise<void> {
  const { rows, distillation } = call;
  const bytes = STATE_BYTES * LANES * statesPerRow(distillation) * rows;
  const lanes = context.recorder.scratch(bytes, 'loss lanes');
  await recordLanes(context, call, lanes);
  await recordRows(context, call, lanes);
  await recordGradient(context, call);
}

async function recordLanes(
  { gpu, recorder }: RecordContext,
  call: LossCall,
  lanes: GPUBuffer,
): Promise<void> {
  const { targets, logits, distillation } = call;
  const conditions = { distil: distillation !== undefined };
  const kernel = { module: 'train/lossLanes', conditions };
  for (const piece of pieces(gpu, call))
    await recorder.dispatch(kernel, {
      params: { ...piece, ...sizes(call), inverseTemperature: 1 / (distillation?.temperature ?? 1) },
      bindings: { targets, logits, states: lanes, ...(distillation && { teacher: distillation.teacher }) },
      threads: (piece.lastRow - piece.firstRow) * LANES,
      cost: costOf(call, piece),
    });
}

async function recordRows({ recorder }: RecordContext, call: LossCall, lanes: GPUBuffer): Promise<void> {
  const { rows, rowOffset, states, distillation } = call;
  const conditions = { distil: distillation !== undefined };
  const kernel = { module: 'train/lossRows', conditions };
  await recorder.dispatch(kernel, {
    params: { rows, rowOffset, lanes: LANES },
    bindings: { states: lanes, out: states },
    threads: rows * statesPerRow(distillation),
    cost: COST_PER_LOGIT * rows * LANES * statesPerRow(distillation),
  });
}

async function recordGradient({ gpu, recorder }: RecordContext, call: LossCall): Promise<void> {
  const { targets, logits, factor, states, stride, distillation } = call;
  const { weight, temperature } = distillation ?? { weight: 0, temperature: 1 };
  const conditions = { distil: distillation !== undefined };
  const kernel = { module: 'train/lossGradient', conditions };
  const mix = { inverseTemperature: 1 / temperature, hard: 1 - weight, soft: weight * temperature };
  for (const piece of pieces(gpu, call))
    await recorder.dispatch(kernel, {
      params: { ...piece, ...sizes(call), ...mix },
      bindings: {
        ...{ targets, rows: states, factor, logits },
        ...(distillation && { teacher: distillation.teacher }),
      },
      threads: ((piece.lastRow - piece.firstRow) * stride) / 4,
      cost: costOf(call, piece),
    });
}

interface RowPiece {
  firstRow: number;
  lastRow: number;
}

/** Splits the rows so that no dispatch exceeds the cost limit. */
function pieces(gpu: Gpu, call: LossCall): RowPiece[] {
  const fit = Math.floor(maxDispatchCost(gpu) / costOf(call, { firstRow: 0, lastRow: 1 }));
  const rows = Math.max(1, fit);
  return Array.from({ length: Math.ceil(call.rows / rows) }, (_, i) => {
    return { firstRow: i * rows, lastRow: Math.min(call.rows, (i + 1) * rows) };
  });
}

function costOf({ vocabulary, distillation }: LossCall, { firstRow, lastRow }: RowPiece): number {
  return COST_PER_LOGIT * statesPerRow(distillation) * vocabulary * (lastRow - firstRow);
}

function sizes({ stride, vocabulary, rowOffset }: LossCall): Record<string, number> {
  return { rowOffset, vectors: stride / 4, width: vocabulary };
}
