import { invariant } from '../../base/errors';
import type { Gpu } from '../../gpu/gpu';
import type { TensorSpec } from '../../models/architecture';
import type { InputRounding } from '../../models/inputRounding';
import { denseWeights, type OwnedWeights, type TensorSource, type WeightValues } from './weights';

/** Weights of which a few tensors at a time are in memory, for a model that is larger than memory. */
export interface StreamedWeights {
  /** How some layers quantise their input, by the names of their weights; absent if none does. */
  readonly inputRounding?: ReadonlyMap<string, InputRounding>;
  /**
   * Puts some tensors where the lab computes, on the GPU if there is one. The caller disposes of them.
   * @throws LabError; Cancelled. Nothing stays allocated then.
   */
  load(tensors: readonly TensorSpec[], signal?: AbortSignal): Promise<OwnedWeights>;
  /** Reads the float32 values of one tensor [out, in] into main memory. @throws LabError; Cancelled */
  values(tensor: TensorSpec, signal?: AbortSignal): Promise<Float32Array>;
}

export function isStreamed(weights: WeightValues | StreamedWeights): weights is StreamedWeights {
  return 'load' in weights;
}

/** Reads the weights of a model from its files whenever they are needed. Without a GPU only their values can be read. */
export function streamedModel(gpu: Gpu | undefined, { shape, tensor }: TensorSource): StreamedWeights {
  return {
    async load(tensors, signal) {
      invariant(gpu, 'there is no GPU to put weights on');
      return denseWeights(gpu, { shape: { ...shape, tensors }, tensor }, signal);
    },
    values: tensor,
  };
}
