import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import type { ModelShape } from '../models/architecture';
import { checkActivation } from '../runtime/linear/dense/dense';
import { recordHead } from '../runtime/forward/forward';
import type { ActivationView } from '../runtime/linear/linear';
import { wholeView } from '../runtime/ops/context';
import type { ModelWeights } from '../runtime/forward/weights';
import { recordLinearBackward } from './backward/linear';
import { maxLossRows, recordLoss, type DistillationLoss } from './backward/loss';

/** Size of the logits of one chunk of rows, large enough to make good use of the head's matrix. */
const LOGIT_BYTES = 64 << 20;

export interface HeadCall {
  gpu: Gpu;
  recorder: Recorder;
  shape: ModelShape;
  weights: ModelWeights;
  /** Final states, one row per target. */
  hidden: ActivationView;
  /** Gradient of the final states, to which this adds. */
  dHidden: ActivationView;
  rows: number;
  targets: GPUBuffer;
  factor: GPUBuffer;
  states: GPUBuffer;
  /** Gradients of the head, to which this adds. */
  dWeight: GPUBuffer;
  dBias?: GPUBuffer;
  distillation?: DistillationLoss & { teacher: ModelWeights; hidden: ActivationView };
}

/**
 * Records the head, the loss and the head's backward pass in chunks of rows, so that the logits of all rows never exist at
 * once.
 * @throws LabError limit when one row of logits exceeds one binding
 */
export async function recordHeadPass(call: HeadCall): Promise<void> {
  const { gpu, rows } = call;
  const vocabulary = call.shape.program.head.outputs;
  const stride = 4 * Math.ceil(vocabulary / 4);
  checkActivation(gpu, 'logits', 4 * stride);
  const fit = Math.floor(Math.min(LOGIT_BYTES, gpu.maxBindingBytes) / (4 * stride));
  const chunk = Math.max(1, Math.min(rows, fit, maxLossRows(gpu, call.distillation)));
  for (let first = 0; first < rows; first += chunk)
    await recordChunk(call, { first, rows: Math.min(chunk, rows - first), stride, chunk });
}

interface Chunk {
  first: number;
  rows: number;
  stride: number;
  /** Number of rows of the largest chunk. */
  chunk: number;
}

async function recordChunk(call: HeadCall, { first, rows, stride, chunk }: Chunk): Promise<void> {
  const { gpu, recorder, shape, weights, targets, factor, states, distillation } = call;
  const vocabulary = shape.program.head.outputs;
  const logitsOf = async (
    of: ModelWeights,
    hidden: ActivationView,
    label: string,
  ): Promise<ActivationView> => {
    const view = { ...wholeView(recorder.scratch(4 * stride * chunk, label), stride), width: vocabulary };
    await recordHead({ gpu, recorder, weights: of, shape }, rowsFrom(hidden, first), view, rows);
    return view;
  };
  const logits = await logitsOf(weights, call.hidden, 'logits');
  const teacher =
    distillation && (await logitsOf(distillation.teacher, distillation.hidden, 'teacher logits'));
  await recordLoss(call, {
    ...{ logits: logits.buffer, stride, rows, vocabulary, targets, rowOffset: first, factor, states },
    ...(distillation && teacher && { distillation: { ...distillation, teacher: teacher.buffer } }),
  });
  await recordLinearBackward(call, {
    x: rowsFrom(call.hidden, first),
    dy: logits,
    dx: rowsFrom(call.dHidden, first),
    weight: weights.table(shape.program.head.weight),
    dWeight: call.dWeight,
    dBias: call.dBias,
    rows,
  });
}

/** Returns a view that starts at row `row`. */
function rowsFrom(view: ActivationView, row: number): ActivationView {
  return { ...view, column: view.column + row * view.stride };
}
