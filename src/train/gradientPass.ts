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
import { RotaryTables } from '../runtime/ops/rotary';
import type { ModelWeights } from '../runtime/forward/weights';
import { STATE_BYTES, statesPerRow, type DistillationLoss } from './backward/loss';
import { checkGradient } from './backward/product';
import { backwardOf } from './backward/registry';
import type { StepSite } from './backward/step';
import { ActivationGradients } from './activationGradients';
import { recordHeadPass } from './head';
import { IGNORE, outcomeOf, type Outcome } from './outcome';
import { Tape, valueView, type TapeEntry } from './tape';

export { IGNORE, type Outcome };

/** The inputs and targets of a batch, or of a micro-batch. */
export interface TrainingBatch {
  /** Token ids [sequences · length], or pixels [sequences, channels, size, size]. */
  input: Uint32Array | Float32Array;
  /** The next token of each id, or the class of each image; IGNORE leaves a row out of the loss. */
  targets: Uint32Array;
}

/** A loss that follows a teacher, a model of the same shape. */
interface Distillation extends DistillationLoss {
  /** The teacher's weights, which the caller owns and the pass does not change. */
  teacher: ModelWeights;
}

export interface GradientPassOptions {
  /** Windows or images per run. */
  sequences: number;
  /** Tokens per window; ignored for images. */
  length: number;
  distillation?: Distillation;
  signal?: AbortSignal;
}

/**
 * The forward and the backward pass of a model, recorded once and replayed for every batch of one size. The weights of the
 * forward pass, Ŵ, are read in every run, so a caller may change them between runs. Sums have a fixed order: equal inputs on
 * one adapter give equal bits.
 */
export class GradientPass {
  /** dL/dŴ of every tensor by name, float32, canonical [out, in]. Every run adds to it. */
  readonly gradients: ReadonlyMap<string, GPUBuffer>;
  private readonly parts: Parts;
  private targets: Uint32Array | undefined;

  private constructor(parts: Parts) {
    this.parts = parts;
    this.gradients = parts.gradients;
  }

  /**
   * Records the pass. The caller keeps ownership of the weights.
   * @throws LabError limit when an activation or a gradient exceeds one binding; bad-input for a length over the model's
   * context or distillation options out of range; unsupported for an operation without a backward pass
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
   * Submits the forward and backward pass of a batch, which adds scale · d(mean loss)/dŴ to the gradients, without reading
   * anything back. After Cancelled the gradients hold part of the batch.
   * @param o.scale factor of the loss, such as a micro-batch's share of its step; default 1
   * @throws LabError bad-input for a batch of another size, ids or targets beyond the vocabulary, or a batch without targets
   */
  async run(
    batch: TrainingBatch,
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
   * Reads the loss of the last run.
   * @throws LabError bad-input before the first run
   */
  async outcome(): Promise<Outcome> {
    if (!this.targets)
      throw new LabError('bad-input', 'No batch has been run yet.', 'Run a batch before reading its loss.');
    const { gpu, states, options } = this.parts;
    return outcomeOf(new Float32Array(await gpu.stream.read(states)), this.targets, options.distillation);
  }

  /** Records the clearing of all gradients. */
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
  /** Number of rows of the activations, and of those that have a target. */
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

/** Records the forward pass on a tape, the head and the loss, and the steps of the tape in reverse. */
async function record(parts: Parts): Promise<void> {
  const { gpu, shape, scope, recorder, rows } = parts;
  const { program } = shape;
  const tape = new Tape({ gpu, recorder, scope, program, rows });
  await recordForward(parts, tape);
  const activationGradients = new ActivationGradients(recorder, scope, rows);
  await recordHeadOf(parts, tape, activationGradients);
  const positions = { count: parts.layout.length };
  const rotaryTables = new RotaryTables(positions, (table) => parts.scope.upload(table, 'rotary angles'));
  for (const entry of [...tape.entries].reverse()) {
    if (activationGradients.reaches(entry))
      await backwardOf(entry.step, shape.architecture).record(
        entry.step,
        siteOf(parts, entry, activationGradients, rotaryTables),
      );
    activationGradients.finish(entry);
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

async function recordHeadOf(
  parts: Parts,
  tape: Tape,
  activationGradients: ActivationGradients,
): Promise<void> {
  const { gpu, shape, weights, recorder, targets, factor, states, options, gradients, teacher } = parts;
  const { hidden, head } = shape.program;
  const version = tape.version(hidden.name);
  const { distillation } = options;
  // The rows of one image follow each other; the first is its class token.
  const step = shape.image ? parts.layout.length : 1;
  const scored = (view: ReturnType<typeof valueView>) => ({ ...view, stride: view.stride * step });
  await recordHeadPass({
    ...{ gpu, recorder, shape, weights, targets, factor, states, rows: parts.targetRows },
    hidden: scored(tape.view(hidden)),
    dHidden: scored(activationGradients.into(version, hidden)),
    dWeight: gradients.get(head.weight)!,
    ...(head.bias !== undefined && { dBias: gradients.get(head.bias) }),
    ...(distillation && teacher && { distillation: { ...distillation, hidden: teacher.hidden } }),
  });
}

/** Returns the places that the backward pass of one step may use. */
function siteOf(
  parts: Parts,
  entry: TapeEntry,
  activationGradients: ActivationGradients,
  rotaryTables: RotaryTables,
): StepSite {
  const { gpu, recorder, weights, layout, rows, input, gradients } = parts;
  const { before, after } = entry;
  return {
    ...{ gpu, recorder, weights, layout, rows, input },
    read: (value) => valueView(before.get(value.name)!, value),
    gradient: (value) => activationGradients.read(after.get(value.name)!, value),
    into: (value) => activationGradients.into(before.get(value.name)!, value),
    fresh: (value) => activationGradients.fresh(before.get(value.name)!, value),
    through(value) {
      const old = before.get(value.name)!;
      activationGradients.move(after.get(value.name)!, old);
      return activationGradients.read(old, value);
    },
    tensorGradient: (name) => gradients.get(name)!,
    rotaryTable: (angles) => rotaryTables.table(angles),
  };
}

function checkDistillation({ weight, temperature }: DistillationLoss): void {
  if (weight > 0 && weight <= 1 && temperature > 0 && Number.isFinite(temperature)) return;
  throw new LabError(
    'bad-input',
    `Distillation with a weight of ${weight} at temperature ${temperature} is not defined.`,
    'Choose a weight above 0 and up to 1, and a temperature above 0.',
  );
}

/** @returns the number of targets that are not IGNORE */
function checkBatch({ shape, inputLength, targetRows }: Parts, { input, targets }: TrainingBatch): number {
  if (input.length !== inputLength || targets.length !== targetRows)
    throw new LabError(
      'bad-input',
      `The batch has ${input.length} numbers and ${targets.length} targets; this recording takes ` +
        `${inputLength} and ${targetRows}.`,
      'Pass a complete batch of windows or images.',
    );
  if (!shape.image) checkIds(input, shape.vocabulary);
  const counted = targets.filter((target) => target !== IGNORE);
  checkIds(counted, shape.program.head.outputs);
  if (counted.length > 0) return counted.length;
  throw new LabError('bad-input', 'The batch has no targets.', 'Leave out batches that are only padding.');
}
