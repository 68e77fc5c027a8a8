import { LabError } from '../../base/errors';
import type { Rest, Scope } from '../../artefact/recipe';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import { needsCalibration } from '../../codecs/contract/registry';
import { sampleImages, type ImageRequest, type ImageSampling } from '../../diffusion/sample';
import type { SamplerName } from '../../diffusion/samplers';
import { scheduleOf, type NoiseSchedule } from '../../diffusion/schedule';
import type { Model } from '../../models/model';
import { requestedArtefact } from '../generate/decoder';
import type { Lab } from '../lab';
import { openDenoiser } from './denoiser';

/** The samplers that can be asked for. */
export const SAMPLER_NAMES = ['ddim', 'ddpm'] as const satisfies readonly SamplerName[];

/** Images that are denoised together, each with and without its class. */
const BATCH = 32;

/** Images to sample from a diffusion model in several forms. */
export interface ImagesRequest extends ImageSampling {
  model: string;
  /** Codec spellings; the float32 baseline comes before them. */
  codecs: readonly string[];
  images: readonly ImageRequest[];
  scope: Scope;
  rest: Rest;
  /** The seed of codecs that draw random numbers. */
  seed: number;
}

/** The images that one form of the model made. */
export interface SampledImages {
  /** Codec spelling; `baseline` for float32. */
  codec: string;
  /** Bytes of the artefact; of the baseline four for each weight. */
  bytes: number;
  /** Pixels [images, channels, size, size] in the order of the request, in [−1, 1] if the model's schedule clips. */
  pixels: Float64Array;
  /** Times of the denoising steps of each batch, in ms, guidance included. */
  stepMs: number[];
}

/** Called after each step with the form and the share of all work that is done. */
export type OnImages = (codec: string, fraction: number) => void;

/**
 * Samples images with the baseline and with codecs, restored from their bytes. Every form starts from the same noise.
 * @throws LabError bad-input as `sampleImages`; bad-plan for a calibrated codec; Cancelled
 */
export async function generateImages(
  lab: Lab,
  model: Model,
  request: Omit<ImagesRequest, 'model'>,
  onImages: OnImages,
  signal?: AbortSignal,
): Promise<SampledImages[]> {
  refuseCalibrated(request.codecs);
  const schedule = scheduleOf(model.assets);
  const forms: SampledImages[] = [];
  const all = [undefined, ...request.codecs];
  for (const codec of all) {
    const name = codec ?? 'baseline';
    const onStep = (fraction: number) => onImages(name, (forms.length + fraction) / all.length);
    forms.push(await sampleForm(lab, { model, schedule, request, codec }, onStep, signal));
  }
  return forms;
}

/**
 * Opens a model that generates images.
 * @throws LabError bad-input for another model; unsupported for one of latents; what opening it throws
 */
export async function openDiffusionModel(lab: Lab, id: string, signal?: AbortSignal): Promise<Model> {
  const model = await lab.openModel(id, signal);
  if (model.shape.task !== 'image-diffusion')
    throw new LabError(
      'bad-input',
      `${model.id} is not a diffusion model and cannot generate images.`,
      'Choose a diffusion model, such as dit-fashion-mnist.',
    );
  const { channels } = model.shape.image!;
  if (channels === 1 || channels === 3) return model;
  throw new LabError(
    'unsupported',
    `The samples of ${model.id} have ${channels} channels: they are latents, and the lab has no decoder for them.`,
    'Choose a model of grey or RGB images.',
  );
}

function refuseCalibrated(codecs: readonly string[]): void {
  const calibrated = codecs.map((text) => parseCodec(text)).find(needsCalibration);
  if (!calibrated) return;
  throw new LabError(
    'bad-plan',
    `${formatCodec(calibrated)} needs calibration data, which is not collected from diffusion models.`,
    'Choose a codec without calibration, such as rtn or nf4.',
  );
}

interface FormJob {
  model: Model;
  schedule: NoiseSchedule;
  request: Omit<ImagesRequest, 'model'>;
  codec: string | undefined;
}

async function sampleForm(
  lab: Lab,
  { model, schedule, request, codec }: FormJob,
  onStep: (fraction: number) => void,
  signal?: AbortSignal,
): Promise<SampledImages> {
  const { images, scope, rest, seed, steps } = request;
  const coded = await requestedArtefact(lab, model, { codec, scope, rest, seed }, signal);
  const bytes = coded?.bytes ?? 4 * model.shape.parameters;
  const denoiser = await openDenoiser(
    lab,
    model,
    coded?.artefact,
    2 * Math.min(BATCH, images.length),
    signal,
  );
  const { channels, size } = model.shape.image!;
  const pixels = new Float64Array(images.length * channels * size * size);
  const stepMs: number[] = [];
  try {
    for (let first = 0; first < images.length; first += BATCH) {
      const batch = images.slice(first, first + BATCH);
      let last = performance.now();
      const timed = (step: number) => {
        const now = performance.now();
        stepMs.push(now - last);
        last = now;
        onStep((first + (batch.length * (step + 1)) / steps) / images.length);
      };
      const sampled = await sampleImages(denoiser, schedule, batch, request, { onStep: timed, signal });
      pixels.set(sampled, first * channels * size * size);
    }
  } finally {
    denoiser.dispose();
  }
  return { codec: codec ?? 'baseline', bytes, pixels, stepMs };
}
