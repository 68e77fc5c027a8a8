import { LabError } from '../../base/errors';
import type { Model } from '../../models/model';
import type { ModelShape } from '../../models/architecture';
import type { Lab } from '../lab';
import type { Features } from './frechet';
import { judgeImages } from './judge';

/** Held-out images of the kind that the shipped diffusion model learnt. */
const DATA = 'fashion-mnist';

/**
 * Returns the features of the first held-out images, and of others, which say how far so few real images are from the first.
 * @throws LabError bad-input for a model of other images, or for more images than there are
 */
export async function realFeatures(
  lab: Lab,
  judge: Model,
  { image, diffusion }: ModelShape,
  { real, others }: { real: number; others: number },
  signal?: AbortSignal,
): Promise<{ real: Features; others: Features }> {
  const data = await lab.openImages(DATA, signal);
  const { size, channels } = image!;
  if (data.size !== size || data.channels !== channels || data.classes !== diffusion!.classes)
    throw new LabError(
      'bad-input',
      `The held-out images are those of ${DATA}, and the model makes other ones.`,
      'Leave the Fréchet distance out.',
    );
  const count = data.labels.length;
  if (real + others > count)
    throw new LabError(
      'bad-input',
      `${real} real images and ${others} others are more than the ${count} of ${DATA}.`,
      'Ask for fewer.',
    );
  const perImage = channels * size * size;
  const featuresOf = (first: number, images: number) =>
    judgeImages(
      lab,
      judge,
      data.pixels.subarray(first * perImage, (first + images) * perImage),
      { size, channels },
      signal,
    );
  return { real: await featuresOf(0, real), others: await featuresOf(real, others) };
}
