import { LabError } from '../../base/errors';
import type { Rest, Scope } from '../../artefact/recipe';
import type { CalibrationBatches } from '../../calibrate/walk';
import { formatCodec, parseCodec } from '../../codecs/contract/spec';
import { codecMeta, needsBase, needsCalibration } from '../../codecs/contract/registry';
import { sampleImages, type ImageRequest, type ImageSampling } from '../../diffusion/sample';
import type { SamplerName } from '../../diffusion/samplers';
import { scheduleOf, type NoiseSchedule } from '../../diffusion/schedule';
import { sampleTrajectories, type DenoisedStep } from '../../diffusion/trajectory';
import type { InputRounding } from '../../models/inputRounding';
import type { Model } from '../../models/model';
import { requestedArtefact } from '../generate/decoder';
import type { Lab } from '../lab';
import { trajectoryBatches } from './calibration';
import { openDenoiser } from './denoiser';
import { noiseErrors, type NoiseErrors } from './noise';

/** The samplers that can be asked for. */
export const SAMPLER_NAMES = ['ddim', 'ddpm'] as const satisfies readonly SamplerName[];

/** Images along whose trajectories the predicted noise is compared. */
const PROBED = 8;

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
  /** Number of images on whose trajectories codecs are calibrated. */
  calibrationImages: number;
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
  /** The error of the predicted noise along the trajectories of the float model's first images; absent for the float model. */
  noise?: NoiseErrors;
  /** How layers round their input, by the names of their weights; absent if none does. */
  inputRounding?: ReadonlyMap<string, InputRounding>;
}

/** Called after each step with the form and the share of all work that is done. */
export type OnImages = (codec: string, fraction: number) => void;

/**
 * Samples images with the baseline and with codecs, restored from their bytes. Every form starts from the same noise.
 * @throws LabError bad-input as `sampleImages`; bad-plan for a codec that diffusion models do not have; Cancelled
 */
export async function generateImages(
  lab: Lab,
  model: Model,
  request: Omit<ImagesRequest, 'model'>,
  onImages: OnImages,
  signal?: AbortSignal,
): Promise<SampledImages[]> {
  checkCodecs(request.codecs);
  const isCalibrated = request.codecs.some((text) => needsCalibration(parseCodec(text)));
  const batches = isCalibrated
    ? await trajectoryBatches(lab, model, request.calibrationImages, request, signal)
    : undefined;
  const schedule = scheduleOf(model.assets);
  let probe: DenoisedStep[] | undefined;
  const forms: SampledImages[] = [];
  const all = [undefined, ...request.codecs];
  for (const codec of all) {
    const name = codec ?? 'baseline';
    const onStep = (fraction: number) => onImages(name, (forms.length + fraction) / all.length);
    const job = { model, schedule, request, codec, batches, probe };
    const { form, steps } = await sampleForm(lab, job, onStep, signal);
    probe ??= steps;
    forms.push(form);
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

/** Refuses codecs that compare whole models on data, or code a difference. */
function checkCodecs(codecs: readonly string[]): void {
  const specs = codecs.map((text) => parseCodec(text));
  const refused = specs.find((spec) => codecMeta(spec.id).assigns ?? needsBase(spec));
  if (!refused) return;
  throw new LabError(
    'bad-plan',
    `${formatCodec(refused)} does not work with diffusion models: ${needsBase(refused) ? 'it needs a base model' : 'it tries codecs on data that measures a model'}.`,
    'Choose a codec of single tensors, such as rtn, gptq or timegroups(rtn).',
  );
}

interface FormJob {
  model: Model;
  schedule: NoiseSchedule;
  request: Omit<ImagesRequest, 'model'>;
  codec: string | undefined;
  /** What calibrated codecs are calibrated on. */
  batches: CalibrationBatches | undefined;
  /** What the float model was asked, and what it answered; undefined for the float model. */
  probe: DenoisedStep[] | undefined;
}

async function sampleForm(
  lab: Lab,
  { model, schedule, request, codec, batches, probe }: FormJob,
  onStep: (fraction: number) => void,
  signal?: AbortSignal,
): Promise<{ form: SampledImages; steps?: DenoisedStep[] }> {
  const { images, scope, rest, seed, steps } = request;
  const coded = await requestedArtefact(lab, model, { codec, scope, rest, seed, batches }, signal);
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
    const inputRounding = await coded?.artefact.inputRounding(model.shape.tensors);
    const form = { codec: codec ?? 'baseline', bytes, pixels, stepMs, inputRounding };
    if (probe) return { form: { ...form, noise: await noiseErrors(denoiser, probe, signal) } };
    const probed = images.slice(0, PROBED);
    return { form, steps: await sampleTrajectories(denoiser, schedule, probed, request, signal) };
  } finally {
    denoiser.dispose();
  }
}
