import type { Gpu } from '../gpu/gpu';
import type { Model } from '../models/model';
import { readMatrix, releaseMatrix, type DenseMatrix } from '../runtime/linear/matrix';
import { ErrorSums } from '../base/errorSums';
import { throwIfAborted } from '../base/errors';
import { formatCodec } from '../codecs/contract/spec';
import type { OutputErrors } from '../calibrate/outputError';
import type { CodedTensor } from '../codecs/contract/codec';
import type { Artefact } from './read';

/** Weight error of one coded tensor, or of all of them together. */
interface WeightError {
  /** ‖W − Ŵ‖ ÷ ‖W‖ */
  relativeL2: number;
  maxAbs: number;
}

interface LayerError extends WeightError {
  name: string;
  codec: string;
  /** Stored bits per weight of this tensor's parts. */
  bits: number;
  /** ‖(W − Ŵ)X‖ ÷ ‖WX‖ on the calibration activations of the uncompressed model. */
  outputError?: number;
}

export interface ArtefactError extends WeightError {
  cosine: number;
  /** 10·log₁₀(‖W‖² ÷ ‖W − Ŵ‖²); null when the weights are restored exactly. */
  sqnrDb: number | null;
  layers: LayerError[];
}

export interface ErrorOptions {
  /** For the error of the layers' outputs; absent: weights alone. */
  outputs?: OutputErrors;
  /** What tensors were multiplied by because the norm before them was divided by it: taken out again first. */
  columnScales?: ReadonlyMap<string, Float32Array>;
  signal?: AbortSignal;
}

/**
 * Compares every coded tensor with what the artefact restores, reading the decoded matrices back from the GPU.
 * @param matrices what `decodeAll` returned for this artefact
 */
export async function measureError(
  gpu: Gpu,
  model: Model,
  artefact: Artefact,
  matrices: ReadonlyMap<string, DenseMatrix>,
  options: ErrorOptions = {},
): Promise<ArtefactError> {
  const total = new ErrorSums();
  const layers: LayerError[] = [];
  for (const tensor of artefact.shape.tensors) {
    const coded = artefact.stored(tensor);
    if (!coded) continue;
    throwIfAborted(options.signal);
    const weights = await model.tensor(tensor);
    const restored = await readMatrix(gpu.stream, matrices.get(tensor.name)!);
    unscale(restored, options.columnScales?.get(tensor.name));
    const sums = new ErrorSums();
    sums.add(weights, restored);
    total.merge(sums);
    const outputError = await options.outputs?.relative(tensor, weights, restored, options.signal);
    layers.push({
      name: tensor.name,
      codec: formatCodec(coded.spec),
      bits: storedBits(coded.stored),
      relativeL2: sums.relativeL2,
      maxAbs: sums.maxAbs,
      ...(outputError !== undefined && { outputError }),
    });
  }
  const { relativeL2, maxAbs, cosine, sqnrDb } = total;
  return { relativeL2, maxAbs, cosine, sqnrDb, layers };
}

function storedBits({ parts, shape }: CodedTensor): number {
  const bytes = [...parts.values()].reduce((sum, part) => sum + part.length, 0);
  return (8 * bytes) / (shape[0] * shape[1]);
}

/** W·diag(s) → W, in place. */
function unscale(values: Float32Array, scale: Float32Array | undefined): void {
  if (!scale) return;
  for (let i = 0; i < values.length; i++) values[i] /= scale[i % scale.length];
}

/** Weight error of one recipe over the coded tensors of a model, by writing and restoring them. */
export async function recipeError(
  gpu: Gpu,
  model: Model,
  artefact: Artefact,
  signal?: AbortSignal,
): Promise<number> {
  const total = new ErrorSums();
  for (const tensor of artefact.shape.tensors) {
    if (!artefact.stored(tensor)) continue;
    throwIfAborted(signal);
    const matrix = await artefact.decode(gpu, tensor, signal);
    try {
      total.add(await model.tensor(tensor), await readMatrix(gpu.stream, matrix));
    } finally {
      releaseMatrix(gpu.buffers, matrix);
    }
  }
  return total.relativeL2;
}
