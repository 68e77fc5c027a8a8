import { gramBytes } from '../../calibrate/calibration';
import { needsCalibration } from '../../codecs/contract/registry';
import { batchSize } from '../../evaluate/batches';
import type { ModelShape } from '../../models/architecture';
import { linearInputs } from '../../models/linearInputs';
import { valueWidths } from '../../models/program';
import { shareBuffers } from '../../runtime/forward/activations';
import { sequencesThatFit } from '../../runtime/forward/forward';
import { BATCH_ROWS } from '../calibration/data';
import { GRAM_BUDGET } from '../calibration/calibrator';
import { bytes, grouped } from '../../base/format';
import type { Plan } from '../plan/plan';

/** What is known of a device before anything is loaded. How much memory its GPU has, WebGPU tells nobody. */
export interface DeviceLimits {
  /** The most bytes one storage binding may cover. */
  maxBindingBytes: number;
  /** Computes on the CPU: the GPU's memory is the machine's. */
  software: boolean;
  /** Of the machine, in bytes, where the browser tells; rounded, and 8 GiB stands for more too. */
  memoryBytes?: number;
}

/** What a plan will take of a device, in bytes. Estimates, but for `largestBuffer`. */
export interface MemoryEstimate {
  /** Main memory of the tab. */
  host: number;
  /** Float32 baseline, one restored copy, activations, and what codecs learn from. */
  gpu: number;
  /** The largest buffer bound at once: larger matrices are split by rows. */
  largestBuffer: number;
}

/** Whether a device can; `unknown` where it has room for every piece, and nobody says whether for all of them. */
export interface Feasibility {
  can: 'yes' | 'unknown' | 'no';
  /** One sentence, or two. */
  text: string;
}

/** One of two tiles of logits, and GPU bytes for the baseline's states (src/evaluate). */
const LOGITS_BYTES = 8 << 20;
/** Of one row in the losses of two models side by side, besides its final states. */
const LOSS_ROW_BYTES = 16 * (2 * 16 + 4);
const STATES_BYTES = 256 << 20;
/** Of one block: a Gram matrix, what a batch adds to it, and the copy of it that is factored. */
const GRAM_COPIES = 3;
/** As stored, as float32, and turned round or rearranged. */
const TENSOR_COPIES = 3;
/** Parts of an artefact, and the file they become. */
const ARTEFACT_COPIES = 2;
/** Machines answer 8 GiB for that and more. */
const MOST_TOLD = 8 * 2 ** 30;

/**
 * What running a plan takes.
 * @param resident bytes of files that stay in memory as a whole
 */
export function estimateMemory(
  shape: ModelShape,
  plan: Plan,
  device: DeviceLimits,
  resident = 0,
): MemoryEstimate {
  const elements = shape.tensors.map(({ matrix: [rows, columns] }) => rows * columns);
  const largest = Math.max(...elements);
  const evaluation = evaluationBytes(shape, plan, device);
  const weights = 4 * shape.parameters;
  const learnt = calibrationBytes(shape, plan);
  return {
    host: resident + ARTEFACT_COPIES * artefactBytes(shape, plan) + 4 * TENSOR_COPIES * largest,
    gpu: 2 * weights + evaluation.kept + learnt.kept + Math.max(evaluation.running, learnt.collecting),
    largestBuffer: Math.max(splitBytes(shape, device), evaluation.largest),
  };
}

/** Whether the device can, and why not. */
export function canRun(
  shape: ModelShape,
  plan: Plan,
  device: DeviceLimits,
  needs: MemoryEstimate,
): Feasibility {
  const size = device.software
    ? `Needs about ${bytes(needs.gpu + needs.host)} of memory.`
    : `Needs about ${bytes(needs.gpu)} on the GPU and ${bytes(needs.host)} of main memory.`;
  const problem = contextProblem(shape, plan) ?? bindingProblem(shape, plan, device, needs);
  if (problem) return { can: 'no', text: `${size} ${problem}` };
  const { memoryBytes } = device;
  const total = needs.host + (device.software ? needs.gpu : 0);
  if (memoryBytes !== undefined && memoryBytes < MOST_TOLD && total > memoryBytes)
    return {
      can: 'unknown',
      text: `${size} This device has about ${bytes(memoryBytes)} by its browser’s account: it may run out.`,
    };
  if (device.software)
    return { can: 'yes', text: `${size} This device can, slowly: it computes in software.` };
  const { largestBuffer } = needs;
  const piece = `Its largest piece (${bytes(largestBuffer)}) fits this device`;
  return {
    can: 'unknown',
    text: `${size} ${piece}; how much memory the GPU has, browsers do not tell.`,
  };
}

/** Windows or images of one batch, and tokens of each. */
function batchOf(shape: ModelShape, plan: Plan, device: DeviceLimits): { sequences: number; tokens: number } {
  const { protocol, images } = plan;
  const tokens = shape.image?.tokens ?? protocol.context;
  const items = shape.image ? images : (protocol.windows ?? Infinity);
  const fit = sequencesThatFit(device, shape, protocol.context);
  const most = Number.isFinite(items) ? items : fit * 1000;
  return { sequences: batchSize(most, tokens, fit, device.software), tokens };
}

/** `kept`: the baseline's states, as far as they have room; `running`: what a batch takes. */
function evaluationBytes(
  shape: ModelShape,
  plan: Plan,
  device: DeviceLimits,
): { kept: number; running: number; largest: number } {
  const { sequences, tokens } = batchOf(shape, plan, device);
  const rows = sequences * tokens;
  const buffers = activationBytes(shape, rows);
  const activations = buffers.reduce((sum, size) => sum + size, 0);
  const scored = shape.image ? plan.images : (plan.protocol.windows ?? Infinity) * tokens;
  const states = plan.metrics === 'all' ? Math.min(STATES_BYTES, 4 * scored * shape.width) : 0;
  const logits = 2 * Math.min(LOGITS_BYTES, 4 * rows * shape.program.head.outputs);
  const losses = rows * (LOSS_ROW_BYTES + 2 * 4 * shape.width);
  return { kept: states, running: activations + logits + losses, largest: Math.max(...buffers) };
}

/**
 * `kept`: statistics of what the layers read, for codecs that learn and for the errors of layers' outputs. `collecting` them takes the
 * states between blocks, a batch's activations, and turned copies of what one block's layers read; nothing is evaluated then.
 */
function calibrationBytes(shape: ModelShape, plan: Plan): { kept: number; collecting: number } {
  const learns = plan.codecs.some(needsCalibration);
  if (!plan.calibration || (!learns && gramBytes(shape) > GRAM_BUDGET)) return { kept: 0, collecting: 0 };
  const tokens = plan.calibration.windows * (shape.image?.tokens ?? plan.protocol.context);
  const rows = Math.min(tokens, BATCH_ROWS);
  const block = linearInputs({ ...shape.program, blocks: shape.program.blocks.slice(0, 1) });
  const turned = block.reduce((sum, { width }) => sum + rows * width + GRAM_COPIES * width ** 2, 0);
  const activations = activationBytes(shape, rows).reduce((sum, size) => sum + size, 0);
  return { kept: gramBytes(shape), collecting: activations + 4 * (turned + tokens * shape.width) };
}

/** Bytes of the buffers that the activations of `rows` tokens share. */
function activationBytes({ program }: ModelShape, rows: number): number[] {
  const widths = valueWidths(program);
  return shareBuffers(program).map((group) => 4 * rows * Math.max(...group.map((name) => widths.get(name)!)));
}

/** The largest codec of the plan decides; what is not float32 takes at most 16 bits. */
function artefactBytes({ parameters }: ModelShape, { codecs, rest }: Plan): number {
  const isWide = rest === 'float32' || codecs.some(({ id }) => id === 'float32');
  return parameters * (isWide ? 4 : 2);
}

/** Bytes of the largest part of a matrix after splitting. */
function splitBytes({ tensors }: ModelShape, { maxBindingBytes }: DeviceLimits): number {
  return tensors.reduce((most, { matrix: [rows, columns] }) => {
    const fit = Math.max(1, Math.floor(maxBindingBytes / (4 * columns)));
    return Math.max(most, 4 * columns * Math.min(rows, fit));
  }, 0);
}

function contextProblem({ task, maxContext }: ModelShape, { protocol }: Plan): string | undefined {
  if (task !== 'language-model' || protocol.context <= maxContext) return undefined;
  return `It was made for ${grouped(maxContext)} tokens; the plan has a context of ${grouped(protocol.context)}: choose a shorter one.`;
}

function bindingProblem(
  shape: ModelShape,
  plan: Plan,
  { maxBindingBytes }: DeviceLimits,
  { largestBuffer }: MemoryEstimate,
): string | undefined {
  if (largestBuffer <= maxBindingBytes) return undefined;
  const what = `one piece takes ${bytes(largestBuffer)}, and it binds at most ${bytes(maxBindingBytes)} at once`;
  const advice =
    shape.task === 'language-model' && plan.protocol.context > 1
      ? 'choose a shorter context'
      : 'choose a smaller model';
  return `This device cannot: ${what}; ${advice}.`;
}
