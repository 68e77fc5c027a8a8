import { resolve } from 'node:path';
import { formatCodec } from '../../../src/codecs/contract/spec';
import type { ComputeChoice } from '../../../src/lab/compute';
import { SAMPLER_NAMES } from '../../../src/lab/images/generate';
import type { MeasuredRequest } from '../../../src/lab/images/run';
import { integer, PLAN_PARAMETERS } from '../../../src/lab/plan/parameters';
import { imageModel } from '../../shared/imageModel';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  planOption,
  readArguments,
  usage,
  type OptionTable,
} from '../../shared/options';

const DEFAULTS = {
  ...{ classes: '0,1,2,3,4,5,6,7,8,9', samples: 8, steps: 50, guidance: '2' },
  calibrationImages: 20,
};
const JUDGE = 'vit-fashion-mnist';

const OPTIONS: OptionTable = {
  model: {
    value: 'NAME',
    help: 'dit-fashion-mnist, or the folder of a diffusion transformer or of its pipeline',
  },
  codec: {
    value: 'SPEC',
    help: 'codec to set beside the float32 model, e.g. "rtn(bits=4)"; several joined by ";" (default: none)',
    repeatable: true,
  },
  classes: { value: 'N,N,…', help: `classes of the images, one row each (default: ${DEFAULTS.classes})` },
  samples: { value: 'N', help: `images of each class (default: ${DEFAULTS.samples})` },
  steps: { value: 'N', help: `denoising steps (default: ${DEFAULTS.steps})` },
  guidance: {
    value: 'W',
    help: `weight of classifier-free guidance; 1 is none (default: ${DEFAULTS.guidance})`,
  },
  sampler: { value: 'ddim|ddpm', help: 'sampler (default: ddim)' },
  seed: { value: 'N', help: 'seed of the first image; the others have the following numbers (default: 1)' },
  'calibration-images': {
    value: 'N',
    help: `images on whose sampling trajectories calibrated codecs are calibrated; no measured image has their noise (default: ${DEFAULTS.calibrationImages})`,
  },
  judge: {
    value: 'NAME',
    help: `classifier that judges the images, a name or a folder; none for no judgement (default: ${JUDGE} for dit-fashion-mnist, otherwise none)`,
  },
  real: {
    value: 'N',
    help: 'also measure the Fréchet distance, in the judge’s features, to N held-out images of Fashion-MNIST (default: none)',
  },
  scope: planOption('scope'),
  rest: planOption('rest'),
  out: { value: 'DIR', help: 'folder of the PNG files and images.json (default: images)' },
  adapter: ADAPTER,
  compute: COMPUTE,
};

export const IMAGES_HELP = `Usage: npm run images -- --model dit-fashion-mnist [--codec SPEC] [options]

Generates images with the float32 diffusion model and with codecs, restored from their bytes, from the same noise. Writes a grid of
images for each form, a row for each class, and prints how far the images drift and whether a classifier still recognises them.

${optionsHelp(OPTIONS)}`;

export interface ImagesCommand extends MeasuredRequest {
  /** Number of images in a row of the grid. */
  columns: number;
  out: string;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run images`. @throws LabError bad-plan for every invalid option */
export function parseImages(args: readonly string[]): ImagesCommand {
  const given = readArguments(args, OPTIONS);
  const whole = (name: string, from: number, to: number, fallback: number) =>
    integer(from, to, '').parse(given.value(name) ?? String(fallback), `--${name}`);
  const model = imageModel(given.required('model'));
  const codecs = given.values.get('codec')?.join(';');
  const specs = codecs === undefined ? [] : PLAN_PARAMETERS.codec.parse(codecs, '--codec');
  const samples = whole('samples', 1, 1000, DEFAULTS.samples);
  const seed = whole('seed', 0, 2 ** 31, 1);
  const labels = classesOf(given.value('classes') ?? DEFAULTS.classes);
  const judge = given.value('judge') ?? (model === 'dit-fashion-mnist' ? JUDGE : 'none');
  return {
    ...{ model, seed, columns: samples },
    codecs: specs.map(formatCodec),
    images: labels.flatMap((label, row) =>
      Array.from({ length: samples }, (_, i) => ({ label, seed: seed + row * samples + i })),
    ),
    steps: whole('steps', 1, 100_000, DEFAULTS.steps),
    calibrationImages: whole('calibration-images', 1, 1000, DEFAULTS.calibrationImages),
    guidance: guidanceOf(given.value('guidance') ?? DEFAULTS.guidance),
    sampler: given.oneOf('sampler', SAMPLER_NAMES, 'ddim'),
    ...judgeOf(judge, given.value('real')),
    scope: PLAN_PARAMETERS.scope.parse(given.value('scope') ?? 'linear', '--scope'),
    rest: PLAN_PARAMETERS.rest.parse(given.value('rest') ?? 'float16', '--rest'),
    out: given.path('out') ?? resolve('images'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

function judgeOf(judge: string, real: string | undefined): { judge?: string; real?: number } {
  if (judge !== 'none')
    return {
      judge: imageModel(judge),
      ...(real !== undefined && { real: integer(2, 10_000, '').parse(real, '--real') }),
    };
  if (real === undefined) return {};
  throw usage(
    '--real needs a classifier in whose features the distance is measured.',
    'Name one with --judge, such as vit-fashion-mnist.',
  );
}

function classesOf(text: string): number[] {
  if (/^\d{1,6}(,\d{1,6})*$/.test(text)) return text.split(',').map(Number);
  throw usage(`--classes cannot be "${text.slice(0, 60)}".`, 'Write numbers with commas, such as 0,1,5.');
}

function guidanceOf(text: string): number {
  if (/^\d{1,3}(\.\d{1,6})?$/.test(text)) return Number(text);
  throw usage(
    `--guidance cannot be "${text.slice(0, 60)}".`,
    'Write a number from 0 to 999; 1 is no guidance.',
  );
}
