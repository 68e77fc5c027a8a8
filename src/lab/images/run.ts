import type { Lab } from '../lab';
import {
  generateImages,
  openDiffusionModel,
  type ImagesRequest,
  type OnImages,
  type SampledImages,
} from './generate';
import { classify, imageSamples8, openJudge } from './judge';
import { imageMeasures, judgement, type ImageMeasures, type ImageJudgement } from './measures';

/** Images of all forms of a model, measured against those of the float model. */
export interface MeasuredImages {
  image: { size: number; channels: number };
  forms: (SampledImages & ImageMeasures & { judged?: ImageJudgement })[];
}

/**
 * Samples images with the float model and with codecs, and measures what the codecs change.
 * @param judge name of the classifier that judges the images; absent for none
 * @throws LabError as `generateImages` and `openJudge`; Cancelled
 */
export async function measureImages(
  lab: Lab,
  request: ImagesRequest & { judge?: string },
  onImages: OnImages,
  signal?: AbortSignal,
): Promise<MeasuredImages> {
  const model = await openDiffusionModel(lab, request.model, signal);
  const image = model.shape.image!;
  const judge =
    request.judge === undefined ? undefined : await openJudge(lab, request.judge, model.shape, signal);
  const forms = await generateImages(lab, model, request, onImages, signal);
  const intended = request.images.map(({ label }) => label);
  const [float] = forms;
  const classes = (form: SampledImages) => classify(lab, judge!, imageSamples8(form.pixels), image, signal);
  const floatClasses = judge && (await classes(float));
  const measured: MeasuredImages['forms'] = [];
  for (const form of forms) {
    const found = floatClasses && (form === float ? floatClasses : await classes(form));
    measured.push({
      ...form,
      ...imageMeasures(form.pixels, float.pixels, request.images.length),
      ...(found && { judged: judgement(found, floatClasses, intended) }),
    });
  }
  return { image: { size: image.size, channels: image.channels }, forms: measured };
}
