import { LabError, throwIfAborted } from '../../base/errors';
import type { BufferScope } from '../../gpu/buffers';
import type { Gpu } from '../../gpu/gpu';
import type { Recorder } from '../../gpu/recorder';
import { interpret, type Conditions, type ModelShape } from '../../models/architecture';
import { allSteps, readsClassToken } from '../../models/program';
import { checkActivation } from '../linear/dense/dense';
import { conditionBuffers, writeConditions, type ConditionBuffers } from './conditions';
import { GpuOps } from './gpuOps';
import type { ActivationView, RowTimes } from '../linear/linear';
import type { RowRange } from '../linear/matrix';
import type { WeightsByName } from './weights';

export interface ForwardLayout {
  /** Windows or images per run. */
  sequences: number;
  /** Tokens per window; ignored for images. */
  length: number;
  signal?: AbortSignal;
}

/** A forward pass over whole windows or images without a cache, recorded once and replayed for every input of that size. */
export class Forward {
  /**
   * States after the final norm: sequences · length rows of text, the class token's row of each image, or of a diffusion model
   * a row for every patch.
   */
  readonly hidden: ActivationView;
  readonly rows: number;
  private readonly gpu: Gpu;
  private readonly shape: ModelShape;
  private readonly weights: WeightsByName;
  private readonly recorder: Recorder;
  private readonly scope: BufferScope;
  private readonly input: GPUBuffer;
  private readonly inputLength: number;
  private readonly conditions: ConditionBuffers | undefined;
  private readonly length: number;

  private constructor(parts: ForwardParts, hidden: ActivationView) {
    this.gpu = parts.gpu;
    this.shape = parts.shape;
    this.weights = parts.weights;
    this.recorder = parts.recorder;
    this.scope = parts.scope;
    this.input = parts.input;
    this.inputLength = parts.inputLength;
    this.conditions = parts.conditions;
    this.length = parts.length;
    this.rows = readsClassToken(parts.shape) ? parts.sequences : parts.sequences * parts.length;
    this.hidden = hidden;
  }

  /**
   * Records the pass. The caller keeps ownership of the weights.
   * @throws LabError limit when an activation exceeds one binding (see `maxSequences`); bad-input for a length over
   * the model's context
   */
  static async create(
    gpu: Gpu,
    shape: ModelShape,
    weights: WeightsByName,
    { sequences, length: windowLength, signal }: ForwardLayout,
  ): Promise<Forward> {
    const length = shape.image?.tokens ?? windowLength;
    checkLength(shape, length);
    const inputLength = sequences * inputPerSequence(shape, length);
    checkActivation(gpu, 'model input', 4 * inputLength);
    const scope = gpu.buffers.scope();
    const recorder = gpu.recorder();
    try {
      const input = scope.allocate(4 * inputLength, 'model input');
      const state = scope.allocate(4, 'position');
      const layout = { sequences, length, state };
      const { program } = shape;
      const conditions = conditionBuffers(shape, scope, sequences);
      const at = { gpu, recorder, scope, weights, program, layout, input, conditions };
      const ops = new GpuOps({ ...at, positions: length });
      await interpret(allSteps(program), ops);
      await gpu.buffers.settled();
      throwIfAborted(signal);
      const parts = { ...at, shape, inputLength, sequences, length };
      return new Forward(parts, hiddenView(shape, ops, length));
    } catch (error) {
      recorder.dispose();
      scope.dispose();
      throw error;
    }
  }

  /**
   * Submits the pass without reading anything back.
   * @param input ids [sequences · length], or pixels [sequences, channels, size, size]
   * @param conditions time step and label of each image, which a diffusion model needs
   */
  async run(input: Uint32Array | Float32Array, signal?: AbortSignal, conditions?: Conditions): Promise<void> {
    if (input.length !== this.inputLength)
      throw new LabError(
        'bad-input',
        `The input has ${input.length} numbers; this recording takes ${this.inputLength}.`,
        'Pass a complete batch of windows or images.',
      );
    if (!this.shape.image) checkIds(input, this.shape.vocabulary);
    this.gpu.buffers.write(this.input, input);
    if (this.conditions) writeConditions(this.gpu, this.shape, this.conditions, conditions);
    await this.gpu.stream.run(this.recorder.commands, signal);
  }

  /** Records logits[rows, range] from `hidden` with the caller's recorder; `into` holds only the range. */
  async recordHead(recorder: Recorder, into: ActivationView, range?: RowRange): Promise<void> {
    const { gpu, weights, rows, conditions, length } = this;
    const times = conditions && { buffer: conditions.timesteps, rowsPerImage: length };
    await recordHead({ gpu, recorder, weights, shape: this.shape, times }, this.hidden, into, rows, range);
  }

  dispose(): void {
    this.recorder.dispose();
    this.scope.dispose();
  }
}

interface ForwardParts {
  gpu: Gpu;
  shape: ModelShape;
  weights: WeightsByName;
  recorder: Recorder;
  scope: BufferScope;
  input: GPUBuffer;
  inputLength: number;
  conditions: ConditionBuffers | undefined;
  sequences: number;
  length: number;
}

/** Records logits[rows, range] = hidden · Wᵀ (+ b) of the head. */
export async function recordHead(
  at: { gpu: Gpu; recorder: Recorder; weights: WeightsByName; shape: ModelShape; times?: RowTimes },
  hidden: ActivationView,
  into: ActivationView,
  rows: number,
  range?: RowRange,
): Promise<void> {
  const { gpu, recorder, weights, times } = at;
  const { weight, bias } = at.shape.program.head;
  await weights.linear(weight).record({
    gpu,
    recorder,
    x: hidden,
    y: into,
    rows,
    ...(bias !== undefined && { bias: weights.table(bias) }),
    ...(range && { range }),
    ...(times && { times }),
  });
}

/** Returns the number of windows of `length` tokens, or of images, that one recording can hold on this device; at least 1. */
export function maxSequences(gpu: Pick<Gpu, 'maxBindingBytes'>, shape: ModelShape, length: number): number {
  const tokens = shape.image?.tokens ?? length;
  const perSequence = Math.max(4 * tokens * shape.maxWidth, 4 * inputPerSequence(shape, tokens));
  return Math.max(1, Math.floor(gpu.maxBindingBytes / perSequence));
}

/** Returns the number of ids of a window of `length` tokens, or of pixels of an image. */
export function inputPerSequence({ image }: ModelShape, length: number): number {
  return image ? image.channels * image.size ** 2 : length;
}

/** Returns the states that the head reads: all rows, or of classified images the class token of each. */
export function hiddenView(shape: ModelShape, ops: GpuOps, length: number): ActivationView {
  const view = ops.view(shape.program.hidden);
  // The rows of one image follow each other; the first is its class token.
  return readsClassToken(shape) ? { ...view, stride: view.stride * length } : view;
}

/** @throws LabError bad-input when a window is longer than the model's context */
export function checkLength(shape: ModelShape, length: number): void {
  if (length >= 1 && length <= shape.maxContext) return;
  throw new LabError(
    'bad-input',
    `A window of ${length} tokens does not fit this model: its context is 1 to ${shape.maxContext} tokens.`,
    'Choose a shorter context.',
  );
}

/** @throws LabError bad-input when an id is outside the vocabulary */
export function checkIds(ids: ArrayLike<number>, vocabulary: number): void {
  for (let i = 0; i < ids.length; i++)
    if (!(ids[i] < vocabulary))
      throw new LabError(
        'bad-input',
        `Token ${i} has the id ${ids[i]}; the model's vocabulary ends at ${vocabulary - 1}.`,
        'Use the tokenizer that belongs to the model.',
      );
}
