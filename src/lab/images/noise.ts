import type { Denoiser } from '../../diffusion/denoiser';
import type { DenoisedStep } from '../../diffusion/trajectory';
import { clusteredMean } from '../../evaluate/statistics/summary';
import type { ImageFigure } from './measures';

/** How far predicted noise is from the float model's for the same noisy images. */
export interface NoiseErrors {
  /** ‖ε̂ − ε‖² ÷ ‖ε‖² over all steps, with an interval over images. Null for fewer than two images. */
  relative: ImageFigure | null;
  /** The same at each time step, latest first. */
  steps: { timestep: number; relative: number }[];
}

/** Asks a denoiser what the float model was asked. @throws what the denoiser throws; Cancelled */
export async function noiseErrors(
  denoiser: Denoiser,
  probe: readonly DenoisedStep[],
  signal?: AbortSignal,
): Promise<NoiseErrors> {
  const { count } = probe[0].asked;
  const images = Array.from({ length: count }, () => ({ total: 0, weight: 0 }));
  const steps: NoiseErrors['steps'] = [];
  for (const { asked, noise } of probe) {
    const predicted = await denoiser.predict(asked, signal);
    const perImage = noise.length / count;
    let [error, size] = [0, 0];
    noise.forEach((value, i) => {
      const image = images[Math.floor(i / perImage)];
      const own = (predicted[i] - value) ** 2;
      image.total += own;
      image.weight += value ** 2;
      error += own;
      size += value ** 2;
    });
    steps.push({ timestep: asked.timesteps[0], relative: error / size });
  }
  if (count < 2) return { relative: null, steps };
  const { mean, ci95 } = clusteredMean(images);
  return { relative: { value: mean, ci95 }, steps };
}
