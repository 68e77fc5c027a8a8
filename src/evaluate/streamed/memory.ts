import { bytes } from '../../base/format';
import { LabError } from '../../base/errors';
import type { ModelShape, TensorSpec } from '../../models/architecture';
import { allSteps, carriedValues, headTensors, stagesOf, valueWidths } from '../../models/program';
import { shareBuffers } from '../../runtime/forward/activations';
import type { Compute } from '../engine';

/** Most bytes of a tile of logits, and the number of values of that size while heads run. */
const LOGIT_BYTES = 16 << 20;
const LOGIT_COPIES = 4;
/** Copies of the scores of an attention layer that ONNX Runtime holds. Our kernels hold none. */
const SCORE_COPIES = 3;

/** What is measured with streamed weights. */
export interface StreamedWork {
  shape: ModelShape;
  compute: Compute;
  /** Windows or images of one batch, and tokens of each (0 for images). */
  sequences: number;
  length: number;
  /** Whether the baseline's head runs beside the codec's. */
  withBaseline: boolean;
  /** Whether states may wait in main memory without counting, because only the GPU's memory is limited. */
  spills: boolean;
}

/** The bytes that measuring with streamed weights takes. */
export interface StreamedNeed {
  /** The weights of the largest stage, and the activations of a batch. */
  stage: number;
  /** The states of one batch between stages. */
  states: number;
  /** The heads, with their logits. */
  heads: number;
  /** The least memory that suffices. */
  least: number;
}

/** How many batches run together: their states stay in memory while the stages are read one after the other. */
export interface StreamedGroups {
  /** Batches that run together. */
  batches: number;
  /** Those of them whose states stay on the GPU. */
  onGpu: number;
}

/** Bytes of states that may wait in main memory. */
const SPILL_BYTES = 2 ** 30;

/** Computes what measuring with streamed weights takes. */
export function streamedNeed(work: StreamedWork): StreamedNeed {
  const { shape, sequences, length, compute, withBaseline, spills } = work;
  const rows = sequences * (shape.image?.tokens ?? length);
  const weights = Math.max(...stagesOf(shape).map(({ tensors }) => weightBytes(tensors)));
  const stage = weights + activationBytes(shape, rows) + (compute === 'cpu' ? scoreBytes(work) : 0);
  const states = 4 * rows * carriedValues(shape.program).reduce((sum, { width }) => sum + width, 0);
  const { head, hidden } = shape.program;
  const logits = Math.min(LOGIT_BYTES, 4 * rows * head.outputs) + 4 * rows * hidden.width;
  const heads = (withBaseline ? 2 : 1) * weightBytes(headTensors(shape)) + LOGIT_COPIES * logits;
  return { stage, states, heads, least: Math.max(stage + (spills ? 0 : states), heads) };
}

/**
 * Divides batches into groups that fit the memory.
 * @param memory bytes; Infinity for all that there is
 * @throws LabError limit with the least memory that suffices
 */
export function streamedGroups(work: StreamedWork, batches: number, memory: number): StreamedGroups {
  const need = streamedNeed(work);
  if (need.least > memory) throw tooSmall(memory, need.least);
  const onGpu = Math.min(batches, Math.floor((memory - need.stage) / need.states));
  const spilled = work.spills ? Math.max(1, Math.floor(SPILL_BYTES / need.states)) : 0;
  return { onGpu, batches: Math.min(batches, onGpu + spilled) };
}

/** Returns the error for memory that is too small. */
function tooSmall(memory: number, need: number): LabError {
  return new LabError(
    'limit',
    `The largest part of the model with its activations needs ${bytes(need)}; the plan allows ${bytes(memory)}.`,
    `Allow at least ${Math.ceil(need / 2 ** 20)}MiB (memory), or choose a shorter context or a smaller model.`,
  );
}

/** Returns the bytes of the largest part of a model that is in memory at once: a stage, or the heads. */
export function largestPart(shape: ModelShape, withBaseline: boolean): number {
  const stages = stagesOf(shape).map(({ tensors }) => weightBytes(tensors));
  return Math.max(...stages, (withBaseline ? 2 : 1) * weightBytes(headTensors(shape)));
}

/** Returns the bytes of the buffers that the activations of `rows` tokens share. */
function activationBytes({ program }: ModelShape, rows: number): number {
  const widths = valueWidths(program);
  return shareBuffers(program).reduce(
    (sum, group) => sum + 4 * rows * Math.max(...group.map((name) => widths.get(name)!)),
    0,
  );
}

function scoreBytes({ shape, sequences, length }: StreamedWork): number {
  const tokens = shape.image?.tokens ?? length;
  const heads = allSteps(shape.program).map((step) => (step.op === 'attention' ? step.heads : 0));
  return SCORE_COPIES * 4 * sequences * Math.max(...heads) * tokens ** 2;
}

function weightBytes(tensors: readonly TensorSpec[]): number {
  return tensors.reduce((sum, { matrix: [rows, columns] }) => sum + 4 * rows * columns, 0);
}
