import { LabError, throwIfAborted } from '../base/errors';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import type { Recorder } from '../gpu/recorder';
import { interpret, type ModelShape } from '../models/architecture';
import { allSteps } from '../models/program';
import { checkActivation } from '../runtime/linear/dense/dense';
import { checkIds, checkLength, Forward, inputPerSequence } from '../runtime/forward/forward';
import { GpuOps } from '../runtime/forward/gpuOps';
import type { TokenLayout } from '../runtime/ops/context';
import { rotaryTable } from '../runtime/ops/rotary';
import type { ModelWeights } from '../runtime/forward/weights';
import { STATE_BYTES, statesPerRow, type Softening } from './backward/loss';
import { checkGradient } from './backward/product';
import { backwardOf } from './backward/registry';
import type { StepSite } from './backward/step';
import { Flow } from './flow';
import { recordHeadPass } from './head';
import { IGNORE, outcomeOf, type Outcome } from './outcome';
import { Tape, viewOf, type TapeEntry } from './tape';

export { IGNORE, type Outcome };

/** One (micro-)batch. */
export interface Batch {
  /** Token ids [sequences · length], or pixels [sequences, channels, size, size]. */
  input: Uint32Array | Float32Array;
  /** The next token of each id, or the class of each image; IGNORE counts nothing. */
  targets: Uint32Array;
}

/** A loss that follows another model of the same shape. */
interface Distillation extends Softening {
  /** Stays the caller's; not changed by the pass. */
  teacher: ModelWeights;
}

export interface GradientPassOptions {
  /** Windows or images per run. */
  sequences: number;
  /** Tokens per window; images bring their own number. */
  length: number;
  distillation?: Distillation;
  signal?: AbortSignal;
}

/**
 * Forward and backward pass of a model, recorded once and replayed for every batch of one size. What the forward pass
 * multiplies by (Ŵ, `weights`) is read anew each time, so a caller may change it between runs. Sums have one order: equal
 * inputs on one adapter give equal bits.
 */
export class GradientPass {
  /** dL/dŴ of every tensor by name, float32, canonical [out, in]; every run adds. */
  readonly gradients: ReadonlyMap<string, GPUBuffer>;
  private readonly parts: Parts;
  private targets: Uint32Array | undefined;

  private constructor(parts: Parts) {
    this.parts = parts;
    this.gradients = parts.gradients;
  }

  /**
   * Records the pass. The weights stay the caller's.
   * @throws LabError limit when an activation or a gradient exceeds one binding; bad-input for a length over the model's
   * context or a distillation out of range; unsupported for an operation without a backward pass
   */
  static async create(
    gpu: Gpu,
    shape: ModelShape,
    weights: ModelWeights,
    options: GradientPassOptions,
  ): Promise<GradientPass> {
    const { sequences, distillation, signal } = options;
    const length = shape.image?.tokens ?? options.length;
    checkLength(shape, length);
    if (distillation) checkDistillation(distillation);
    for (const step of allSteps(shape.program)) backwardOf(step, shape.architecture);
    const scope = gpu.buffers.scope();
    const recorder = gpu.recorder();
    let teacher: Forward | undefined;
    try {
      if (distillation)
        teacher = await Forward.create(gpu, shape, distillation.teacher, { sequences, length, signal });
      const parts = allocate(gpu, shape, weights, { ...options, length }, scope, recorder, teacher);
      await record(parts);
      await gpu.buffers.settled();
      throwIfAborted(signal);
      return new GradientPass(parts);
    } catch (error) {
      teacher?.dispose();
      recorder.dispose();
      scope.dispose();
      throw error;
    }
  }

  /**
   * Submits forward and backward of one batch: adds scale · d(mean loss)/dŴ to the gradients. Nothing is read back. After
   * Cancelled the gradients hold a part of the batch.
   * @param o.scale e.g. a micro-batch's share of its step
   * @throws LabError bad-input for a batch of another size, ids or targets beyond the vocabulary, or no target that counts
   */
  async run(
    batch: Batch,
    { scale = 1, signal }: { scale?: number; signal?: AbortSignal } = {},
  ): Promise<void> {
    const { gpu, input, targets, factor, recorder, teacher } = this.parts;
    const count = checkBatch(this.parts, batch);
    await teacher?.run(batch.input, signal);
    gpu.buffers.write(input, batch.input);
    gpu.buffers.write(targets, batch.targets);
    gpu.buffers.write(factor, Float32Array.of(scale / count));
    this.targets = batch.targets.slice();
    await gpu.stream.run(recorder.commands, signal);
  }

  /**
   * Loss of the last run, one small read-back.
   * @throws LabError bad-input before the first run
   */
  async outcome(): Promise<Outcome> {
    if (!this.targets)
      throw new LabError(
        'bad-input',
        'No batch has been run yet.',
        'Run a batch before asking for its loss.',
      );
    const { gpu, states, options } = this.parts;
    return outcomeOf(new Float32Array(await gpu.stream.read(states)), this.targets, options.distillation);
  }

  /** Records commands that zero the gradients. */
  recordClear(recorder: Recorder): void {
    for (const buffer of this.gradients.values()) recorder.clear(buffer);
  }

  dispose(): void {
    this.parts.teacher?.dispose();
    this.parts.recorder.dispose();
    this.parts.scope.dispose();
  }
}

interface Parts {
  gpu: Gpu;
  shape: ModelShape;
  weights: ModelWeights;
  options: GradientPassOptions;
  scope: BufferScope;
  recorder: Recorder;
  teacher?: Forward;
  /** Rows of the activations, and those that have a target. */
  rows: number;
  targetRows: number;
  layout: TokenLayout;
  gradients: ReadonlyMap<string, GPUBuffer>;
  input: GPUBuffer;
  inputLength: number;
  targets: GPUBuffer;
  factor: GPUBuffer;
  states: GPUBuffer;
}

function allocate(
  gpu: Gpu,
  shape: ModelShape,
  weights: ModelWeights,
  options: GradientPassOptions,
  scope: BufferScope,
  recorder: Recorder,
  teacher: Forward | undefined,
): Parts {
  const { sequences, length, distillation } = options;
  const rows = sequences * length;
  const targetRows = shape.image ? sequences : rows;
  const inputLength = sequences * inputPerSequence(shape, length);
  const stateBytes = STATE_BYTES * statesPerRow(distillation) * targetRows;
  checkActivation(gpu, 'model input', 4 * inputLength);
  checkActivation(gpu, 'loss states', stateBytes);
  return {
    ...{ gpu, shape, weights, options, scope, recorder, teacher, rows, targetRows, inputLength },
    layout: { sequences, length, state: scope.allocate(4, 'position') },
    gradients: allocateGradients(gpu, shape, scope),
    input: scope.allocate(4 * inputLength, 'model input'),
    targets: scope.allocate(4 * targetRows, 'targets'),
    factor: scope.allocate(4, 'loss factor'),
    states: scope.allocate(stateBytes, 'loss states'),
  };
}

function allocateGradients(gpu: Gpu, { tensors }: ModelShape, scope: BufferScope): Map<string, GPUBuffer> {
  return new Map(
    tensors.map(({ name, matrix: [outputs, columns] }) => {
      const buffer = scope.allocate(4 * outputs * columns, name);
      checkGradient(gpu, buffer);
      return [name, buffer];
    }),
  );
}

/** Forward with a tape, head and loss, then the tape backwards. */
async function record(parts: Parts): Promise<void> {
  const { gpu, shape, scope, recorder, rows } = parts;
  const { program } = shape;
  const tape = new Tape({ gpu, recorder, scope, program, rows });
  await recordForward(parts, tape);
  const flow = new Flow(recorder, scope, rows);
  await recordHeadOf(parts, tape, flow);
  const angles = new Map<string, GPUBuffer>();
  for (const entry of [...tape.entries].reverse()) {
    if (flow.reaches(entry))
      await backwardOf(entry.step, shape.architecture).record(entry.step, siteOf(parts, entry, flow, angles));
    flow.finish(entry);
  }
}

async function recordForward(parts: Parts, tape: Tape): Promise<void> {
  const { shape, layout } = parts;
  const { program, architecture } = shape;
  const ops = new GpuOps({ ...parts, program, positions: layout.length, activations: tape });
  for (const step of allSteps(program)) {
    tape.advance(step, backwardOf(step, architecture).keeps(step));
    await interpret([step], ops);
  }
}

async function recordHeadOf(parts: Parts, tape: Tape, flow: Flow): Promise<void> {
  const { gpu, shape, weights, recorder, targets, factor, states, options, gradients, teacher } = parts;
  const { hidden, head } = shape.program;
  const version = tape.version(hidden.name);
  const { distillation } = options;
  // Rows of one image follow each other; its class token is the first of them.
  const step = shape.image ? parts.layout.length : 1;
  const scored = (view: ReturnType<typeof viewOf>) => ({ ...view, stride: view.stride * step });
  await recordHeadPass({
    ...{ gpu, recorder, shape, weights, targets, factor, states, rows: parts.targetRows },
    hidden: scored(tape.view(hidden)),
    dHidden: scored(flow.into(version, hidden)),
    dWeight: gradients.get(head.weight)!,
    ...(head.bias !== undefined && { dBias: gradients.get(head.bias) }),
    ...(distillation && teacher && { distillation: { ...distillation, hidden: teacher.hidden } }),
  });
}

/** One step's view of the backward pass. */
function siteOf(parts: Parts, entry: TapeEntry, flow: Flow, angles: Map<string, GPUBuffer>): StepSite {
  const { gpu, recorder, weights, layout, rows, input, gradients } = parts;
  const { before, after } = entry;
  return {
    ...{ gpu, recorder, weights, layout, rows, input },
    read: (value) => viewOf(before.get(value.name)!, value),
    gradient: (value) => flow.of(after.get(value.name)!, value),
    into: (value) => flow.into(before.get(value.name)!, value),
    fresh: (value) => flow.fresh(before.get(value.name)!, value),
    through(value) {
      const old = before.get(value.name)!;
      flow.move(after.get(value.name)!, old);
      return flow.of(old, value);
    },
    tensorGradient: (name) => gradients.get(name)!,
    angles: (headWidth, theta) => angleTable(parts, angles, headWidth, theta),
  };
}

function angleTable(
  { scope, layout }: Parts,
  tables: Map<string, GPUBuffer>,
  headWidth: number,
  theta: number,
): GPUBuffer {
  const key = `${headWidth}/${theta}`;
  const known = tables.get(key);
  if (known) return known;
  const made = scope.upload(rotaryTable(layout.length, headWidth, theta), 'rotary angles');
  tables.set(key, made);
  return made;
}

function checkDistillation({ weight, temperature }: Softening): void {
  if (weight > 0 && weight <= 1 && temperature > 0 && Number.isFinite(temperature)) return;
  throw new LabError(
    'bad-input',
    `Distillation with a share of ${weight} at temperature ${temperature} is not defined.`,
    'Choose a share over 0 and up to 1, and a temperature over 0.',
  );
}

/** @returns targets that count */
function checkBatch({ shape, inputLength, targetRows }: Parts, { input, targets }: Batch): number {
  if (input.length !== inputLength || targets.length !== targetRows)
    throw new LabError(
      'bad-input',
      `The batch has ${input.length} numbers and ${targets.length} targets; this recording takes ` +
        `${inputLength} and ${targetRows}.`,
      'Pass a whole batch of windows or images.',
    );
  if (!shape.image) checkIds(input, shape.vocabulary);
  const counted = targets.filter((target) => target !== IGNORE);
  checkIds(counted, shape.program.head.outputs);
  if (counted.length > 0) return counted.length;
  throw new LabError('bad-input', 'No target of the batch counts.', 'Leave out batches of padding alone.');
}
