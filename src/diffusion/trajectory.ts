import type { Denoiser, NoisyImages } from './denoiser';
import { sampleImages, type ImageRequest, type ImageSampling } from './sample';
import type { NoiseSchedule } from './schedule';

/** What a denoiser was asked at a sampling step, and what it answered. */
export interface DenoisedStep {
  /** With guidance the images with their classes come before those without. */
  asked: NoisyImages;
  noise: Float64Array;
}

/** Samples images and returns what the denoiser was asked at each step, in the order of sampling. @throws as `sampleImages` */
export async function sampleTrajectories(
  denoiser: Denoiser,
  schedule: NoiseSchedule,
  requests: readonly ImageRequest[],
  options: ImageSampling,
  signal?: AbortSignal,
): Promise<DenoisedStep[]> {
  const steps: DenoisedStep[] = [];
  const keeping: Denoiser = {
    shape: denoiser.shape,
    async predict(asked, stop) {
      const noise = await denoiser.predict(asked, stop);
      steps.push({ asked, noise });
      return noise;
    },
    dispose: () => undefined,
  };
  await sampleImages(keeping, schedule, requests, options, { signal });
  return steps;
}
