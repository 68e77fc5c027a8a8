import type { Artefact } from '../../artefact/read';
import { restoredWeights } from '../../artefact/weights';
import type { Denoiser } from '../../diffusion/denoiser';
import type { Model } from '../../models/model';
import { gpuWeights, type OwnedWeights } from '../../runtime/forward/weights';
import { fitsGraph, restoredInMemory } from '../generate/decoder';
import { requireGpu, type Lab } from '../lab';

/**
 * Opens a diffusion model or, if there is one, the weights that an artefact of it restores to, where the lab measures: by ONNX Runtime
 * on the CPU, or on the GPU. The caller disposes of it.
 * @param batch number of images that the model is asked about at once
 * @throws LabError no-webgpu for weights that the CPU's runtime cannot hold; Cancelled
 */
export async function openDenoiser(
  lab: Lab,
  model: Model,
  artefact: Artefact | undefined,
  batch: number,
  signal?: AbortSignal,
): Promise<Denoiser> {
  const { cpu, processor } = lab;
  if (cpu && fitsGraph(cpu, model.shape)) {
    const { OnnxDenoiser } = await import('../../diffusion/onnxDenoiser');
    const weights = artefact ? await restoredInMemory(processor, artefact, signal) : model;
    return OnnxDenoiser.create(cpu, weights, signal);
  }
  const gpu = requireGpu(lab, 'Generating images with so many weights');
  const weights = artefact
    ? await restoredWeights(processor, artefact, signal)
    : await processor.load(model, signal);
  try {
    const { GpuDenoiser } = await import('../../diffusion/gpuDenoiser');
    return owning(await GpuDenoiser.create(gpu, model.shape, gpuWeights(weights), batch, signal), weights);
  } catch (error) {
    weights.dispose();
    throw error;
  }
}

function owning(denoiser: Denoiser, weights: OwnedWeights): Denoiser {
  return {
    shape: denoiser.shape,
    predict: (images, signal) => denoiser.predict(images, signal),
    dispose() {
      denoiser.dispose();
      weights.dispose();
    },
  };
}
