import { bytes, grouped } from '../../base/format';
import { gramBytes } from '../../calibrate/calibration';
import { needsCalibration } from '../../codecs/contract/registry';
import { batchSize } from '../../evaluate/batches';
import { streamedNeed } from '../../evaluate/streamed/memory';
import type { ModelShape } from '../../models/architecture';
import { linearInputs } from '../../models/linearInputs';
import { valueWidths } from '../../models/program';
import { shareBuffers } from '../../runtime/forward/activations';
import { maxSequences } from '../../runtime/forward/forward';
import { BATCH_ROWS } from '../calibration/data';
import { GRAM_BUDGET } from '../calibration/calibrator';
import type { Plan } from '../plan/plan';

/** The limits of a device that are known before anything is loaded. WebGPU does not expose the size of GPU memory. */
export interface DeviceLimits {
  /** Limit on the bytes of one storage binding. */
  maxBindingBytes: number;
  /** Whether the adapter computes on the CPU, in the memory of the machine. */
  software: boolean;
  /** Bytes of main memory, if the browser reports them. They are rounded, and 8 GiB also stands for more. */
  memoryBytes?: number;
  /** Whether the CPU runs the model. */
  cpu?: boolean;
  /** Maximum bytes of weights that its runtime can address at once, if that is less than the memory. */
  cpuWeightBytes?: number;
  /** Bytes that measuring may take if the plan does not say. */
  budgetBytes?: number;
}

/** The memory that a plan needs, in bytes. All but `largestBuffer` are estimates. */
export interface MemoryEstimate {
  /** Main memory of the tab. */
  host: number;
  /** Float32 baseline, one restored copy, activations, and calibration statistics. */
  gpu: number;
  /** The largest buffer bound at once. Larger matrices are split by rows. */
  largestBuffer: number;
  /** Whether the model is measured part by part, because all of it needs more than the plan or the device allows. */
  inParts: boolean;
}

/** Whether a device can run a plan: `unknown` if every buffer fits, but the total memory is too small or not known. */
export interface Feasibility {
  can: 'yes' | 'unknown' | 'no';
  /** One sentence, or two. */
  text: string;
}

/** Bytes of one of two tiles of logits, and of the baseline's states (src/evaluate). */
const LOGITS_BYTES = 8 << 20;
/** Bytes of one row in the losses of two models side by side, besides its final states. */
const LOSS_ROW_BYTES = 16 * (2 * 16 + 4);
const STATES_BYTES = 256 << 20;
/** Matrices for each input of a block: its Gram matrix, what a batch adds to it, and the copy that is factored. */
const GRAM_COPIES = 3;
/** Copies of a tensor on the host: as stored, as float32, and transposed or reordered. */
const TENSOR_COPIES = 3;
/** Copies of an artefact on the host: its parts, and the file. */
const ARTEFACT_COPIES = 2;
const IN_PARTS =
  'All of its weights need more memory than is allowed, or than the CPU’s runtime addresses: it is measured part by part, and the weights are read again for every codec.';
/** The largest memory that browsers report. */
const MAX_REPORTED_BYTES = 8 * 2 ** 30;

/**
 * Estimates the memory that running a plan needs.
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
  const calibration = calibrationBytes(shape, plan);
  const running = Math.max(evaluation.running, calibration.collecting);
  const whole = 2 * weights + evaluation.kept + calibration.kept + running;
  // The CPU computes with copies of both models in main memory.
  const copies = device.cpu ? 2 * weights : 0;
  const memory = plan.memory ?? device.budgetBytes ?? Infinity;
  const inParts = whole + copies > memory || weights > (device.cpuWeightBytes ?? Infinity);
  return {
    host:
      resident +
      ARTEFACT_COPIES * artefactBytes(shape, plan) +
      4 * TENSOR_COPIES * largest +
      (inParts ? 0 : copies),
    gpu: inParts ? Math.max(partsBytes(shape, plan, device), calibration.collecting) : whole,
    largestBuffer: Math.max(splitBytes(shape, device), evaluation.largest),
    inParts,
  };
}

/** Estimates the bytes of measuring a model part by part: its largest part, and the states of one batch. */
function partsBytes(shape: ModelShape, plan: Plan, device: DeviceLimits): number {
  const { sequences, tokens } = batchOf(shape, plan, device);
  return streamedNeed({
    ...{ shape, sequences, length: tokens, withBaseline: plan.metrics === 'all', spills: false },
    compute: device.cpu ? 'cpu' : 'gpu',
  }).least;
}

/** Decides whether a device can run a plan, with the reason in words. */
export function canRun(
  shape: ModelShape,
  plan: Plan,
  device: DeviceLimits,
  needs: MemoryEstimate,
): Feasibility {
  const size = device.software
    ? `Needs about ${bytes(needs.gpu + needs.host)} of memory.`
    : `Needs about ${bytes(needs.gpu)} on the GPU and ${bytes(needs.host)} of main memory.`;
  const problem =
    contextProblem(shape, plan) ?? bindingProblem(shape, plan, device, needs) ?? memoryProblem(plan, needs);
  if (problem) return { can: 'no', text: `${size} ${problem}` };
  if (needs.inParts) return { can: 'yes', text: `${size} ${IN_PARTS}` };
  const { memoryBytes } = device;
  const total = needs.host + (device.software ? needs.gpu : 0);
  if (memoryBytes !== undefined && memoryBytes < MAX_REPORTED_BYTES && total > memoryBytes)
    return {
      can: 'unknown',
      text: `${size} The browser reports about ${bytes(memoryBytes)} of memory: it may run out.`,
    };
  if (device.software)
    return { can: 'yes', text: `${size} This device can run it, but slowly: it computes in software.` };
  const { largestBuffer } = needs;
  const piece = `Its largest piece (${bytes(largestBuffer)}) fits this device`;
  return {
    can: 'unknown',
    text: `${size} ${piece}; browsers do not report the size of GPU memory.`,
  };
}

/** Windows or images of one batch, and tokens of each. */
function batchOf(shape: ModelShape, plan: Plan, device: DeviceLimits): { sequences: number; tokens: number } {
  const { protocol, images } = plan;
  const tokens = shape.image?.tokens ?? protocol.context;
  const items = shape.image ? images : (protocol.windows ?? Infinity);
  const fit = maxSequences(device, shape, protocol.context);
  const bounded = Number.isFinite(items) ? items : fit * 1000;
  return { sequences: batchSize(bounded, tokens, fit, device.software), tokens };
}

/**
 * Estimates the bytes of an evaluation: `kept` for the baseline's states that fit, `running` for a batch, and the
 * `largest` buffer.
 */
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
 * Estimates the bytes of calibration: `kept` for the statistics of the layers' inputs, which calibrated codecs and
 * output errors need; `collecting` for the states between blocks, a batch's activations, and transposed copies of the
 * inputs of one block. Nothing is evaluated while they are collected.
 */
function calibrationBytes(shape: ModelShape, plan: Plan): { kept: number; collecting: number } {
  const isCalibrated = plan.codecs.some(needsCalibration);
  if (!plan.calibration || (!isCalibrated && gramBytes(shape) > GRAM_BUDGET))
    return { kept: 0, collecting: 0 };
  const tokens = plan.calibration.windows * (shape.image?.tokens ?? plan.protocol.context);
  const rows = Math.min(tokens, BATCH_ROWS);
  const block = linearInputs({ ...shape.program, blocks: shape.program.blocks.slice(0, 1) });
  const copies = block.reduce((sum, { width }) => sum + rows * width + GRAM_COPIES * width ** 2, 0);
  const activations = activationBytes(shape, rows).reduce((sum, size) => sum + size, 0);
  return { kept: gramBytes(shape), collecting: activations + 4 * (copies + tokens * shape.width) };
}

/** Bytes of the buffers that the activations of `rows` tokens share. */
function activationBytes({ program }: ModelShape, rows: number): number[] {
  const widths = valueWidths(program);
  return shareBuffers(program).map((group) => 4 * rows * Math.max(...group.map((name) => widths.get(name)!)));
}

/** Bounds the bytes of an artefact by the plan's widest codec. All but float32 take at most 16 bits a weight. */
function artefactBytes({ parameters }: ModelShape, { codecs, rest }: Plan): number {
  const isWide = rest === 'float32' || codecs.some(({ id }) => id === 'float32');
  return parameters * (isWide ? 4 : 2);
}

/** Bytes of the largest part of a matrix after splitting. */
function splitBytes({ tensors }: ModelShape, { maxBindingBytes }: DeviceLimits): number {
  return tensors.reduce((max, { matrix: [rows, columns] }) => {
    const fit = Math.max(1, Math.floor(maxBindingBytes / (4 * columns)));
    return Math.max(max, 4 * columns * Math.min(rows, fit));
  }, 0);
}

function memoryProblem({ memory }: Plan, { gpu, inParts }: MemoryEstimate): string | undefined {
  if (!inParts || memory === undefined || gpu <= memory) return undefined;
  return `Its largest part does not fit the ${bytes(memory)} that the plan allows: allow more memory.`;
}

function contextProblem({ task, maxContext }: ModelShape, { protocol }: Plan): string | undefined {
  if (task !== 'language-model' || protocol.context <= maxContext) return undefined;
  return `The model was made for ${grouped(maxContext)} tokens; the plan has a context of ${grouped(protocol.context)}: choose a shorter one.`;
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
  return `This device cannot run it: ${what}; ${advice}.`;
}
