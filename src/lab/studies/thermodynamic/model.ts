import { quantileSorted } from 'simple-statistics';
import { openCalibration } from '../../../calibrate/calibration';
import { shareOutside, type StepInputs } from '../../../calibrate/steps';
import type { ImageRequest } from '../../../diffusion/sample';
import { validateTransitions } from '../../../diffusion/thermodynamic/markov';
import { roundsByTime, parametersAt, type InputRounding } from '../../../models/inputRounding';
import type { Model } from '../../../models/model';
import { calibrationDevice } from '../../devices';
import { trajectoryBatches } from '../../images/calibration';
import { frechetFigures, type Features, type FrechetFigures } from '../../images/frechet';
import { generateImages, openDiffusionModel, type OnImages, type SampledImages } from '../../images/generate';
import { imageSamples8, judgeImages, openJudge, type Judged } from '../../images/judge';
import { driftDifference, imageMeasures, judgement, type ImageFigure } from '../../images/measures';
import { realFeatures } from '../../images/real';
import type { Lab } from '../../lab';
import { scheduleForms, STUDY_WEIGHTS, type ScheduleForm } from './forms';

/** What the study of schedules measures on a real model. */
export interface ModelStudyRequest {
  model: string;
  judge: string;
  /** Images of each class. */
  samples: number;
  steps: number;
  guidance: number;
  calibrationImages: number;
  /** Held-out images of the Fréchet distance. */
  real: number;
  /** Bits of activations, each with all forms. */
  activations: readonly number[];
}

/** What one form did to the model's images. */
export interface ScheduleRow extends Pick<ScheduleForm, 'name' | 'codec' | 'target'> {
  mode: ScheduleForm['mode'] | 'weights';
  bytes: number;
  /** Mean over layers of the published score; absent if activations are not rounded. */
  smoothness?: number;
  /** Share of calibration activations that the ranges cut off. */
  clipped?: number;
  /** Relative squared error of the predicted noise along the float model's trajectories. */
  noise: ImageFigure | null;
  drift: ImageFigure | null;
  /** Difference from the plain form, paired by image. */
  driftDelta?: ImageFigure | null;
  frechet: FrechetFigures;
  /** Share of images that the classifier takes for the class of the float model's image. */
  asFloat: ImageFigure;
  stepMs: { median: number; p95: number };
}

/** The rows of one width of activations; the first is the plain form. */
export interface ScheduleSection {
  activations: number;
  rows: ScheduleRow[];
}

export interface ModelStudy {
  request: ModelStudyRequest;
  images: number;
  /** Fréchet distance of the float model's images, and of as many other real ones. */
  float: ImageFigure;
  realImages: ImageFigure;
  weights: ScheduleRow;
  sections: ScheduleSection[];
}

/** Measures every way to choose scales over time on a real model, with the same noise for all. @throws as `generateImages`; Cancelled */
export async function studySchedules(
  lab: Lab,
  request: ModelStudyRequest,
  onImages: OnImages,
  signal?: AbortSignal,
): Promise<ModelStudy> {
  const model = await openDiffusionModel(lab, request.model, signal);
  const judge = await openJudge(lab, request.judge, model.shape, signal);
  const images = requestedImages(model, request);
  const sampling = { sampler: 'ddim' as const, steps: request.steps, guidance: request.guidance };
  const steps = await calibratedSteps(lab, model, request, sampling, signal);
  const counts = { real: request.real, others: images.length };
  const real = await realFeatures(lab, judge, model.shape, counts, signal);
  const forms = request.activations.map((bits) => scheduleForms(bits, request.steps));
  const codecs = [STUDY_WEIGHTS, ...forms.flat().map(({ codec }) => codec)];
  const options = { ...sampling, images, scope: 'linear', rest: 'float16', seed: 1 } as const;
  const { calibrationImages } = request;
  const sampled = await generateImages(
    lab,
    model,
    { ...options, codecs, calibrationImages },
    onImages,
    signal,
  );
  const judged: Judged[] = [];
  for (const { pixels } of sampled)
    judged.push(await judgeImages(lab, judge, imageSamples8(pixels), model.shape.image!, signal));
  const measured = { labels: images.map(({ label }) => label), steps, real: real.real };
  const all = sampled.map((form, i) => ({ form, judged: judged[i] }));
  const [float, weights, ...rounded] = all;
  const sections = forms.map((own, i) => ({
    activations: request.activations[i],
    rows: rowsOf(float, rounded.slice(i * own.length, (i + 1) * own.length), own, measured),
  }));
  const named = [{ name: 'weights alone', codec: STUDY_WEIGHTS, mode: 'weights' as const }];
  return {
    ...{ request, images: images.length, sections },
    weights: rowsOf(float, [weights], named, measured)[0],
    float: frechetFigures([float.judged], real.real)[0].distance,
    realImages: frechetFigures([real.others], real.real)[0].distance,
  };
}

function requestedImages({ shape }: Model, { samples }: ModelStudyRequest): ImageRequest[] {
  const { classes } = shape.diffusion!;
  return Array.from({ length: classes * samples }, (_, i) => ({ label: i % classes, seed: 1 + i }));
}

/** Returns what the layers of the float model read at each step of the calibration, by the names of their weights. */
async function calibratedSteps(
  lab: Lab,
  model: Model,
  { calibrationImages }: ModelStudyRequest,
  sampling: Parameters<typeof trajectoryBatches>[3],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly StepInputs[]>> {
  const batches = await trajectoryBatches(lab, model, calibrationImages, sampling, signal);
  const weights = await lab.processor.load(model, signal);
  try {
    const { float } = await openCalibration(calibrationDevice(lab), model.shape, weights, batches, signal);
    float.dispose();
    return new Map([...float.byWeight].map(([name, { steps }]) => [name, steps!]));
  } finally {
    weights.dispose();
  }
}

interface MeasuredForm {
  form: SampledImages;
  judged: Judged;
}

interface Measured {
  labels: readonly number[];
  steps: ReadonlyMap<string, readonly StepInputs[]>;
  real: Features;
}

/** Measures forms beside the first of them. */
function rowsOf(
  float: MeasuredForm,
  own: readonly MeasuredForm[],
  forms: readonly (Pick<ScheduleForm, 'name' | 'codec' | 'target'> & Pick<ScheduleRow, 'mode'>)[],
  { labels, steps, real }: Measured,
): ScheduleRow[] {
  const frechet = frechetFigures(
    own.map(({ judged }) => judged),
    real,
  );
  const [plain] = own;
  const pixels = (of: MeasuredForm) => of.form.pixels;
  return own.map(({ form, judged }, i) => ({
    ...forms[i],
    bytes: form.bytes,
    ...(form.inputRounding && roundingFigures(form.inputRounding, steps)),
    noise: form.noise!.relative,
    drift: imageMeasures(form.pixels, pixels(float), labels.length).drift,
    ...(i > 0 && { driftDelta: driftDifference(form.pixels, pixels(plain), pixels(float), labels.length) }),
    frechet: frechet[i],
    asFloat: judgement(judged.classes, float.judged.classes, labels).asFloat,
    stepMs: percentiles(form.stepMs),
  }));
}

/** Returns smoothness and cut-off share of the tables of all layers. */
function roundingFigures(
  inputRounding: ReadonlyMap<string, InputRounding>,
  steps: ReadonlyMap<string, readonly StepInputs[]>,
): { smoothness: number; clipped: number } {
  const layers = [...inputRounding].flatMap(([name, rounding]) => {
    const own = steps.get(name);
    if (!own || !roundsByTime(rounding) || rounding.times.length === 0) return [];
    const clipped = own.map((step) => {
      const { scale, zeroPoint } = parametersAt(rounding, step.timestep);
      // Half a step beyond the outer codes is rounded, not cut off.
      const [min, max] = [-0.5 - zeroPoint, rounding.maxCode + 0.5 - zeroPoint];
      return shareOutside(step, { min: min * scale, max: max * scale });
    });
    return [{ smoothness: validateTransitions(rounding.times).score, clipped: mean(clipped) }];
  });
  return {
    smoothness: mean(layers.map(({ smoothness }) => smoothness)),
    clipped: mean(layers.map(({ clipped }) => clipped)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percentiles(values: readonly number[]): ScheduleRow['stepMs'] {
  const sorted = values.toSorted((a, b) => a - b);
  return { median: quantileSorted(sorted, 0.5), p95: quantileSorted(sorted, 0.95) };
}
