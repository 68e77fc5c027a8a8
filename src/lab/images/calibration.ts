import type { CalibrationBatches } from '../../calibrate/walk';
import type { ImageRequest, ImageSampling } from '../../diffusion/sample';
import { scheduleOf } from '../../diffusion/schedule';
import { sampleTrajectories } from '../../diffusion/trajectory';
import type { Model } from '../../models/model';
import type { Lab } from '../lab';
import { openDenoiser } from './denoiser';

/** Seeds of the images that calibrate count down from here, and those of measured images up from numbers of at most 2³¹. */
const LAST_SEED = 2 ** 32 - 1;

/**
 * Collects what the float model is asked along the trajectories of images of all classes, one batch for each sampling step, as
 * PTQ4DM and Q-Diffusion do. No image that is measured has the same noise.
 * @param images number of images, each asked about with and without its class if there is guidance
 * @throws LabError as `sampleImages`; Cancelled
 */
export async function trajectoryBatches(
  lab: Lab,
  model: Model,
  images: number,
  sampling: ImageSampling,
  signal?: AbortSignal,
): Promise<CalibrationBatches> {
  const { classes } = model.shape.diffusion!;
  const requests: ImageRequest[] = Array.from({ length: images }, (_, i) => ({
    ...{ label: i % classes, seed: LAST_SEED - i },
  }));
  const denoiser = await openDenoiser(lab, model, undefined, 2 * images, signal);
  try {
    const schedule = scheduleOf(model.assets);
    const steps = await sampleTrajectories(denoiser, schedule, requests, sampling, signal);
    return {
      batches: steps.map(({ asked }) => asked.pixels),
      conditions: steps.map(({ asked: { timesteps, labels } }) => ({ timesteps, labels })),
      sequences: steps[0].asked.count,
      length: 0,
    };
  } finally {
    denoiser.dispose();
  }
}
