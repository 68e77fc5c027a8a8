import type { Gpu } from '../../gpu/gpu';
import { maxDispatchCost } from '../../gpu/dispatchCost';
import type { RecordContext } from '../../runtime/ops/context';

/** Threads of one row and bytes of one state, as in shaders/evaluate/lossState.wgsl. */
const LANES = 16;
export const STATE_BYTES = 16;
/** Exponentials, comparisons and sums per logit, in floating-point operations. */
const COST_PER_LOGIT = 12;

/** How much of the loss follows a teacher, and how soft both distributions are made. */
export interface Softening {
  /** Share of the loss, (0, 1]. */
  weight: number;
  temperature: number;
}

export interface LossCall {
  /** [rows, stride] of which `vocabulary` columns count; becomes dL/dlogits in place. */
  logits: GPUBuffer;
  /** Floats from row to row: a multiple of 4. */
  stride: number;
  rows: number;
  vocabulary: number;
  /** The right token of each row of the batch, or IGNORE. */
  targets: GPUBuffer;
  /** Row 0 of the logits is this row of the batch. */
  rowOffset: number;
  /** One float: what the gradient of one row's loss is multiplied by. */
  factor: GPUBuffer;
  /** States of the batch's rows, `statesPerRow` of 16 bytes each (see src/train/outcome.ts). */
  states: GPUBuffer;
  /** The teacher's logits in the same layout. */
  distillation?: Softening & { teacher: GPUBuffer };
}

/** States one row leaves behind: its own, and with a teacher both softened ones. */
export function statesPerRow(distillation: unknown): number {
  return distillation === undefined ? 1 : 3;
}

/** The most rows whose lanes fit one binding. */
export function maxLossRows(gpu: Gpu, distillation: unknown): number {
  return Math.floor(gpu.maxBindingBytes / (STATE_BYTES * LANES * statesPerRow(distillation)));
}

/**
 * Records losses and gradient of some rows of logits: cross entropy by the target and, with a teacher,
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

/** Rows cut so that no dispatch exceeds the cost limit. */
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
