import { sha256Hex } from '../base/checksum';
import { LabError, throwIfAborted } from '../base/errors';
import { assertFinite } from '../base/finite';
import type { BufferScope } from '../gpu/buffers';
import type { Gpu } from '../gpu/gpu';
import { ALL_ROLES, LINEAR_ROLES, type TensorSpec } from '../models/architecture';
import type { DenseMatrix } from '../runtime/linear/matrix';
import { weightsFrom, type ModelWeights, type TensorSource } from '../runtime/forward/weights';
import type { TrainedValues } from './adamw';
import type { TrainOptions } from './options';
import { TensorQuantiser, type QuantiserStep } from './quantiser';

/** A tensor in training. */
export interface Parameter {
  spec: TensorSpec;
  /** Latent weights, float32, canonical [out, in], which the optimiser updates. */
  latent: GPUBuffer;
  mean: GPUBuffer;
  square: GPUBuffer;
  count: number;
  /** Rounds the latent weights to those of the forward pass. */
  quantiser?: TensorQuantiser;
  /** Moving averages of the gradients of learned scales, and of their squares. */
  scaleMean?: GPUBuffer;
  scaleSquare?: GPUBuffer;
}

/** A tensor of the training state, as stored in checkpoints: float32 [rows, columns]. */
export interface StateTensor {
  name: string;
  buffer: GPUBuffer;
  shape: readonly [number, number];
  /** Whether values are averages of squares or magnitudes, and so never negative. */
  nonNegative: boolean;
}

/** First of the streams for stochastic rounding, one per tensor, which differ from those that choose the data. */
const QUANTISER_STREAM = 0x5100_0000;

/** All tensors of a model in training. The scope in which the buffers were allocated owns them. */
export class Parameters {
  readonly list: readonly Parameter[];
  /** The weights of the forward pass: Ŵ of quantised tensors, the latent weights of the others. Do not dispose of them. */
  readonly weights: ModelWeights;
  /** Checksum of the weights with which training began, as loaded. */
  readonly sha256: string;

  private constructor(list: readonly Parameter[], weights: ModelWeights, sha256: string) {
    this.list = list;
    this.weights = weights;
    this.sha256 = sha256;
  }

  /**
   * Uploads the model's weights. Averages start at zero.
   * @throws LabError limit when a tensor exceeds one binding, not-finite, bad-file for a tensor of another size; Cancelled
   */
  static async create(
    gpu: Gpu,
    scope: BufferScope,
    model: TensorSource,
    options: TrainOptions,
    step: QuantiserStep,
    signal?: AbortSignal,
  ): Promise<Parameters> {
    const list: Parameter[] = [];
    const sums: string[] = [];
    for (const [index, spec] of model.shape.tensors.entries()) {
      throwIfAborted(signal);
      const values = await model.tensor(spec);
      checkTensor(gpu, spec, values);
      sums.push(`${spec.name} ${await sha256Hex(bytesOf(values))}`);
      list.push(parameter(scope, spec, values, quantiserOf(options, spec, index, step)));
      await gpu.buffers.settled();
    }
    const matrices = new Map(list.map((each) => [each.spec.name, matrixOf(each)]));
    const sha256 = await sha256Hex(new TextEncoder().encode(sums.join('\n')));
    return new Parameters(list, weightsFrom(gpu, model.shape, matrices), sha256);
  }

  /** The tensors that are quantised. */
  get quantised(): readonly { spec: TensorSpec; quantiser: TensorQuantiser }[] {
    return this.list.flatMap(({ spec, quantiser }) => (quantiser ? [{ spec, quantiser }] : []));
  }

  /**
   * Everything the optimiser updates: the latent weights, then learned scales. Decay applies to matrices only.
   * @param gradients gradients of the latent weights by tensor name
   */
  trained(gradients: ReadonlyMap<string, GPUBuffer>): TrainedValues[] {
    const tensors = this.list.map(({ spec, latent: values, mean, square, count }) => {
      const decays = ALL_ROLES.has(spec.role);
      return { values, gradient: gradients.get(spec.name)!, mean, square, count, decays };
    });
    const scales = this.list.flatMap(({ quantiser, scaleMean, scaleSquare }) => {
      const learned = quantiser?.learned;
      if (!learned || !scaleMean || !scaleSquare) return [];
      return [{ ...learned, mean: scaleMean, square: scaleSquare, decays: false }];
    });
    return [...tensors, ...scales];
  }

  /** Everything from which a later run can resume. */
  states(): StateTensor[] {
    return this.list.flatMap(statesOf);
  }
}

function statesOf({
  spec,
  latent,
  mean,
  square,
  quantiser,
  scaleMean,
  scaleSquare,
}: Parameter): StateTensor[] {
  const states: StateTensor[] = [];
  const add = (kind: string, buffer: GPUBuffer | undefined, shape: readonly [number, number]) => {
    if (buffer)
      states.push({ name: `${kind}/${spec.name}`, buffer, shape, nonNegative: /square|average/.test(kind) });
  };
  add('weight', latent, spec.matrix);
  add('mean', mean, spec.matrix);
  add('square', square, spec.matrix);
  if (!quantiser) return states;
  const scales: readonly [number, number] = [1, quantiser.groups.count];
  add('scale', quantiser.learned?.values, scales);
  add('scale-mean', scaleMean, scales);
  add('scale-square', scaleSquare, scales);
  add('average', quantiser.average, [1, 1]);
  return states;
}

function checkTensor(gpu: Gpu, { name, matrix: [rows, columns] }: TensorSpec, values: Float32Array): void {
  const bytes = 4 * rows * columns;
  if (bytes > gpu.maxBindingBytes)
    throw new LabError(
      'limit',
      `The tensor ${name} takes ${bytes} bytes; in training it must fit one binding of ${gpu.maxBindingBytes}.`,
      'Train a smaller model, or use a device with a larger storage binding limit.',
    );
  if (values.length !== rows * columns)
    throw new LabError(
      'bad-file',
      `The tensor ${name} has ${values.length} values; the model's shape needs ${rows} × ${columns}.`,
      'Check that the weights belong to this config.json.',
    );
  assertFinite(name, values);
}

type MakeQuantiser = (scope: BufferScope, weights: GPUBuffer) => TensorQuantiser;

function quantiserOf(
  { qat, scope: covered, seed }: TrainOptions,
  { name, matrix, role }: TensorSpec,
  index: number,
  step: QuantiserStep,
): MakeQuantiser | undefined {
  if (!qat || !(covered === 'all' ? ALL_ROLES : LINEAR_ROLES).has(role)) return undefined;
  const stream = QUANTISER_STREAM + index;
  return (scope, weights) =>
    new TensorQuantiser(scope, { label: name, matrix, weights, options: qat, step, seed, stream });
}

function parameter(
  scope: BufferScope,
  spec: TensorSpec,
  values: Float32Array,
  makeQuantiser: MakeQuantiser | undefined,
): Parameter {
  const count = values.length;
  const latent = scope.upload(values, spec.name);
  const averages = (n: number, what: string) => scope.allocate(4 * n, `${spec.name} ${what}`);
  const quantiser = makeQuantiser?.(scope, latent);
  return {
    spec,
    latent,
    count,
    mean: averages(count, 'mean'),
    square: averages(count, 'square'),
    quantiser,
    ...(quantiser?.learned && {
      scaleMean: averages(quantiser.learned.count, 'scale mean'),
      scaleSquare: averages(quantiser.learned.count, 'scale square'),
    }),
  };
}

function matrixOf({ spec, latent, quantiser }: Parameter): DenseMatrix {
  const [rows, columns] = spec.matrix;
  const parts = [{ buffer: quantiser?.output ?? latent, firstRow: 0, rows }];
  return { label: spec.name, rows, columns, parts };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
