import type { ComputeChoice } from '../../../../src/lab/compute';
import { integer } from '../../../../src/lab/plan/parameters';
import type { ModelStudyRequest } from '../../../../src/lab/studies/thermodynamic/model';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../../shared/options';
import { imageModel } from '../../../shared/imageModel';
import { samplingSeconds } from '../options';

/** The study with a model takes about ten minutes on two cores. */
const MODEL_DEFAULTS = {
  ...{ judge: 'vit-fashion-mnist', samples: 8, steps: 20, guidance: 2, calibrationImages: 10, real: 2000 },
  activations: [8, 4],
};

const OPTIONS: OptionTable = {
  seconds: {
    value: 'N',
    help: 'time for each phase at each size in seconds, six samples at least (default: 1)',
  },
  model: {
    value: 'NAME',
    help: 'also measure all ways to choose scales on a diffusion model: dit-fashion-mnist, or the folder of one',
  },
  samples: { value: 'N', help: `images of each class with --model (default: ${MODEL_DEFAULTS.samples})` },
  steps: { value: 'N', help: `denoising steps with --model (default: ${MODEL_DEFAULTS.steps})` },
  'calibration-images': {
    value: 'N',
    help: `images on whose trajectories ranges are calibrated (default: ${MODEL_DEFAULTS.calibrationImages})`,
  },
  real: {
    value: 'N',
    help: `held-out images of the Fréchet distance (default: ${MODEL_DEFAULTS.real})`,
  },
  activations: {
    value: 'N,N',
    help: `bits of activations with --model: 8, 6 and 4 (default: ${MODEL_DEFAULTS.activations.join()})`,
  },
  out: { value: 'FILE', help: 'also write the results as JSON' },
  report: { value: 'FILE', help: 'also write the tables as Markdown' },
  adapter: ADAPTER,
  compute: COMPUTE,
  compare: { value: 'FILE', help: 'print the change of each time since the results in FILE' },
};

export const THERMODYNAMIC_HELP = `Usage: npm run bench -- thermodynamic [options]

Runs the benchmark of ArrowQuant V2's "thermodynamic" phases as its documents list it: baseline, validation, three kinds of smoothing and two
schedules of optimisation, at 1,024, 4,096 and 16,384 weights. Beside the published targets for time and smoothness it says what the phases
do to activations: their squared error, and the share that is cut off. It needs no GPU. With --model it also rounds the activations of a
diffusion model by time groups, as published and corrected, and measures what becomes of its images.

${optionsHelp(OPTIONS)}`;

export interface ThermodynamicRequest {
  seconds: number;
  /** What is measured on a real model; absent for nothing. */
  study?: ModelStudyRequest;
  adapter?: string;
  compute: ComputeChoice;
  report?: string;
  out?: string;
  compare?: string;
}

/** Parses the arguments of `npm run bench -- thermodynamic`. @throws LabError bad-plan for every invalid option */
export function parseThermodynamic(args: readonly string[]): ThermodynamicRequest {
  const given = readArguments(args, OPTIONS);
  return {
    seconds: samplingSeconds(given.value('seconds') ?? '1'),
    ...studyOf(given),
    adapter: given.value('adapter'),
    compute: computeOf(given),
    report: given.path('report'),
    out: given.path('out'),
    compare: given.path('compare'),
  };
}

function studyOf(given: Arguments): { study?: ModelStudyRequest } {
  const model = given.value('model');
  const own = ['samples', 'steps', 'calibration-images', 'real', 'activations'];
  if (model === undefined) {
    const surplus = own.find((name) => given.value(name) !== undefined);
    if (surplus)
      throw usage(`--${surplus} is for a model, and none is given.`, 'Add --model dit-fashion-mnist.');
    return {};
  }
  const whole = (name: string, from: number, to: number, fallback: number) =>
    integer(from, to, '').parse(given.value(name) ?? String(fallback), `--${name}`);
  const activations = given.value('activations')?.split(',') ?? MODEL_DEFAULTS.activations.map(String);
  const wrong = activations.find((bits) => !['8', '6', '4'].includes(bits));
  if (wrong !== undefined)
    throw usage(`--activations cannot have "${wrong.slice(0, 20)}".`, 'Write 8, 6 and 4 with commas.');
  const { judge, guidance } = MODEL_DEFAULTS;
  return {
    study: {
      ...{ model: imageModel(model), judge, guidance },
      samples: whole('samples', 1, 100, MODEL_DEFAULTS.samples),
      steps: whole('steps', 4, 1000, MODEL_DEFAULTS.steps),
      calibrationImages: whole('calibration-images', 1, 1000, MODEL_DEFAULTS.calibrationImages),
      real: whole('real', 2, 9000, MODEL_DEFAULTS.real),
      activations: activations.map(Number),
    },
  };
}
