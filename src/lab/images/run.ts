import type { Lab } from '../lab';
import {
  generateImages,
  openDiffusionModel,
  type ImagesRequest,
  type OnImages,
  type SampledImages,
} from './generate';
import { frechetFigures, type FrechetFigures } from './frechet';
import { imageSamples8, judgeImages, openJudge, type Judged } from './judge';
import { realFeatures } from './real';
import { imageMeasures, judgement, type ImageMeasures, type ImageJudgement } from './measures';

/** Images of all forms of a model, measured against those of the float model. */
export interface MeasuredImages {
  image: { size: number; channels: number };
  forms: MeasuredForm[];
  /** The Fréchet distance of as many other held-out images to the same real ones. */
  realFrechet?: FrechetFigures;
}

export interface MeasuredForm extends SampledImages, ImageMeasures {
  judged?: ImageJudgement;
  frechet?: FrechetFigures;
}

export interface MeasuredRequest extends ImagesRequest {
  /** Name of the classifier that judges the images; absent for none. */
  judge?: string;
  /** Number of held-out images to which the Fréchet distance is measured; absent for none. */
  real?: number;
}

/**
 * Samples images with the float model and with codecs, and measures what the codecs change.
 * @throws LabError as `generateImages` and `openJudge`; Cancelled
 */
export async function measureImages(
  lab: Lab,
  request: MeasuredRequest,
  onImages: OnImages,
  signal?: AbortSignal,
): Promise<MeasuredImages> {
  const model = await openDiffusionModel(lab, request.model, signal);
  const image = model.shape.image!;
  const judge =
    request.judge === undefined ? undefined : await openJudge(lab, request.judge, model.shape, signal);
  const real =
    judge && request.real !== undefined
      ? await realFeatures(
          lab,
          judge,
          model.shape,
          { real: request.real, others: request.images.length },
          signal,
        )
      : undefined;
  const forms = await generateImages(lab, model, request, onImages, signal);
  const judged: Judged[] = [];
  if (judge)
    for (const { pixels } of forms)
      judged.push(await judgeImages(lab, judge, imageSamples8(pixels), image, signal));
  const frechet = real && frechetFigures(judged, real.real);
  const realFrechet = real && frechetFigures([real.others], real.real)[0];
  const intended = request.images.map(({ label }) => label);
  const [float] = forms;
  return {
    image: { size: image.size, channels: image.channels },
    forms: forms.map((form, i) => ({
      ...form,
      ...imageMeasures(form.pixels, float.pixels, request.images.length),
      ...(judge && { judged: judgement(judged[i].classes, judged[0].classes, intended) }),
      ...(frechet && { frechet: frechet[i] }),
    })),
    ...(realFrechet && { realFrechet }),
  };
}
