import { ErrorSums } from '../base/errorSums';
import { throwIfAborted } from '../base/errors';
import type { OutputErrors } from '../calibrate/outputError';
import { formatCodec } from '../codecs/contract/spec';
import type { TensorSpec } from '../models/architecture';
import type { Model } from '../models/model';
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
  /** Measures the errors of the layers' outputs. If absent, only weights are compared. */
  outputs?: OutputErrors;
  /** The factors of tensors stored as W·diag(s), by name. They are divided out before the comparison. */
  columnScales?: ReadonlyMap<string, Float32Array>;
  signal?: AbortSignal;
}

/**
 * Compares every coded tensor with what the artefact restores.
 * @param restoredValues returns the values that a tensor of this artefact is decoded to
 * @throws LabError; Cancelled
 */
export async function measureError(
  model: Model,
  artefact: Artefact,
  restoredValues: (tensor: TensorSpec) => Promise<Float32Array>,
  options: ErrorOptions = {},
): Promise<ArtefactError> {
  const total = new ErrorSums();
  const layers: LayerError[] = [];
  for (const tensor of artefact.shape.tensors) {
    const assigned = artefact.codecOf(tensor);
    if (!assigned) continue;
    throwIfAborted(options.signal);
    const weights = await model.tensor(tensor);
    const restored = unscaled(await restoredValues(tensor), options.columnScales?.get(tensor.name));
    const sums = new ErrorSums();
    sums.add(weights, restored);
    total.merge(sums);
    const outputError = await options.outputs?.relative(tensor, weights, restored, options.signal);
    layers.push({
      name: tensor.name,
      codec: formatCodec(assigned.spec),
      bits: (8 * artefact.storedBytes(tensor)) / weights.length,
      relativeL2: sums.relativeL2,
      maxAbs: sums.maxAbs,
      ...(outputError !== undefined && { outputError }),
    });
  }
  const { relativeL2, maxAbs, cosine, sqnrDb } = total;
  return { relativeL2, maxAbs, cosine, sqnrDb, layers };
}

/** Computes W of W·diag(s). */
export function unscaled(values: Float32Array, scale: Float32Array | undefined): Float32Array {
  return scale ? values.map((value, i) => value / scale[i % scale.length]) : values;
}
