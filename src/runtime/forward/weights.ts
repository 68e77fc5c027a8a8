import { invariant, LabError, throwIfAborted } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import type { InputRounding } from '../../models/inputRounding';
import type { ModelShape, TensorSpec } from '../../models/architecture';
import type { Model } from '../../models/model';
import { DenseWeight, type DenseChoice } from '../linear/dense/dense';
import type { LinearWeight } from '../linear/linear';
import { readMatrix, releaseMatrix, uploadMatrix, type DenseMatrix } from '../linear/matrix';

/** The weights that a program reads, by name, on the GPU or in main memory. */
export interface WeightValues {
  /** How some layers quantise their input, by the names of their weights; absent if none does. */
  readonly inputRounding?: ReadonlyMap<string, InputRounding>;
  /** Returns a tensor's dense values [rows, columns], which the caller must not change. */
  values(name: string): Promise<Float32Array>;
}

/** Weights with an owner, who frees them with `dispose`. */
export interface OwnedWeights extends WeightValues {
  /** Bytes of memory that all tensors take, on the GPU if they are there. */
  readonly bytes: number;
  dispose(): void;
}

/** Weights on the GPU. A tied head and its embedding are one matrix under one name. */
export interface WeightsByName extends WeightValues {
  /** The matrix of a linear layer, dense or packed. */
  linear(name: string): LinearWeight;
  /** A dense tensor: an embedding or position table, a norm, a bias, the class token. */
  table(name: string): DenseMatrix;
}

/** The weights of a model on the GPU, which the owner frees with `dispose`. */
export interface ModelWeights extends WeightsByName, OwnedWeights {}

/** Whether weights are on the GPU. */
export function isOnGpu(weights: WeightValues): weights is WeightsByName {
  return 'table' in weights;
}

/** Returns weights that must be on the GPU, because whatever made them computes there. */
export function gpuWeights(weights: WeightValues): WeightsByName {
  invariant(isOnGpu(weights), 'the weights are in main memory, not on the GPU');
  return weights;
}

/** A shape with its values, such as a loaded model or a decoded artefact. */
export type TensorSource = Pick<Model, 'shape' | 'tensor'>;

/**
 * Uploads every tensor as dense float32.
 * @param choose picks the matmul kernels; default: those that a benchmark has found, otherwise by adapter and sizes
 */
export async function denseWeights(
  gpu: Gpu,
  model: TensorSource,
  signal?: AbortSignal,
  choose?: DenseChoice,
): Promise<ModelWeights> {
  const matrices = new Map<string, DenseMatrix>();
  try {
    for (const spec of model.shape.tensors) {
      throwIfAborted(signal);
      matrices.set(spec.name, upload(gpu, spec, await model.tensor(spec)));
      await gpu.buffers.settled();
    }
    return weightsFrom(gpu, model.shape, matrices, new Map(), choose);
  } catch (error) {
    for (const matrix of matrices.values()) releaseMatrix(gpu.buffers, matrix);
    throw error;
  }
}

function upload(gpu: Gpu, spec: TensorSpec, values: Float32Array): DenseMatrix {
  const [rows, columns] = spec.matrix;
  if (values.length !== rows * columns)
    throw new LabError(
      'bad-file',
      `The tensor ${spec.name} has ${values.length} values; the model's shape needs ${rows} × ${columns}.`,
      'Check that the weights belong to this config.json.',
    );
  return uploadMatrix(gpu, values, rows, columns, spec.name);
}

/**
 * Combines dense matrices and, for some linear layers, packed ones, both by tensor name, and takes ownership of them. A tied
 * head that is packed still needs the dense table of the same name for the gather.
 * @throws LabError bad-file naming a tensor that is in neither map
 */
export function weightsFrom(
  gpu: Gpu,
  shape: ModelShape,
  matrices: ReadonlyMap<string, DenseMatrix>,
  packed: ReadonlyMap<string, LinearWeight> = new Map(),
  choose?: DenseChoice,
): ModelWeights {
  for (const { name } of shape.tensors) if (!matrices.has(name) && !packed.has(name)) throw missing(name);
  const table = (name: string): DenseMatrix => {
    const found = matrices.get(name);
    if (!found) throw missing(name);
    return found;
  };
  const denseBytes = [...matrices.values()].reduce((sum, { rows, columns }) => sum + 4 * rows * columns, 0);
  const packedBytes = [...packed.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  return {
    linear: (name) => packed.get(name) ?? new DenseWeight(gpu, table(name), choose),
    table,
    values: (name) => readMatrix(gpu.stream, table(name)),
    bytes: denseBytes + packedBytes,
    dispose() {
      for (const matrix of matrices.values()) releaseMatrix(gpu.buffers, matrix);
      for (const weight of packed.values()) weight.dispose();
    },
  };
}

function missing(name: string): LabError {
  return new LabError(
    'bad-file',
    `The tensor ${name} is missing.`,
    'Check that the weights belong to this config.json.',
  );
}
