import type { Conditions, ModelShape } from '../models/architecture';
import { patchImages } from '../models/image/patches';
import { referenceLogits } from '../runtime/reference/logits';
import type { PassInput, TensorValues } from '../runtime/reference/ops';

/** Noisy images [count, channels, size, size] with what a diffusion model is told about each. */
export interface NoisyImages extends Conditions {
  pixels: Float32Array;
  count: number;
}

/** A diffusion model that predicts the noise of images, wherever it runs. */
export interface Denoiser {
  shape: ModelShape;
  /** Returns the noise of each image, [count, channels, size, size]. @throws LabError; Cancelled */
  predict(images: NoisyImages, signal?: AbortSignal): Promise<Float64Array>;
  dispose(): void;
}

/** Runs a model by the float64 reference, for comparisons. */
export function referenceDenoiser(
  shape: ModelShape,
  tensor: TensorValues,
  timeRounding?: PassInput['timeRounding'],
): Denoiser {
  return {
    shape,
    async predict({ pixels, count, ...conditions }) {
      const input = { values: pixels, sequences: count, length: 0, conditions, timeRounding };
      return patchImages(await referenceLogits(shape, tensor, input), shape);
    },
    dispose: () => undefined,
  };
}
