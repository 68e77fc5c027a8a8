import { resolve } from 'node:path';
import type { ComputeChoice } from '../../../../src/lab/compute';
import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import { defaultCalibration } from '../../../../src/lab/plan/build';
import type { CalibrationPlan } from '../../../../src/lab/plan/plan';
import { DEFAULT_CONTEXT, DEFAULT_SEED, PRESETS } from '../../../../src/lab/plan/presets';
import {
  ADAPTER,
  CODING_COMPUTE,
  computeOf,
  optionsHelp,
  planOption,
  readArguments,
  usage,
  type OptionTable,
} from '../../../shared/options';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';

const { context, seed, calibration } = PLAN_PARAMETERS;
const windows = PLAN_PARAMETERS['calibration-windows'];
const FORMS = ['dat', 'gguf'] as const;

const OPTIONS: OptionTable = {
  model: {
    value: 'NAME',
    help: 'embedded language model, a folder in Hugging Face hub layout, or a GGUF file',
  },
  out: { value: 'FILE', help: 'the importance matrix to write' },
  form: {
    value: FORMS.join('|'),
    help: 'form of the file (default: gguf if its name ends in .gguf, otherwise dat)',
  },
  calibration: planOption('calibration'),
  'calibration-windows': planOption('calibration-windows'),
  context: { value: context.value, help: `tokens per window (default: ${context.fallback})` },
  seed: planOption('seed'),
  adapter: ADAPTER,
  compute: CODING_COMPUTE,
};

export const IMATRIX_HELP = `Usage: npm run gguf -- imatrix --model NAME --out FILE [options]

Writes an importance matrix as llama-imatrix does: the mean square of each input of the layers of the float32 model on calibration
data. \`npm run export -- --imatrix FILE\` and llama-quantize weigh errors by it. The form \`dat\` is the older one.

${optionsHelp(OPTIONS)}`;

export interface ImatrixRequest {
  model: string;
  out: string;
  form: (typeof FORMS)[number];
  calibration: CalibrationPlan;
  context: number;
  seed: number;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run gguf -- imatrix`. @throws LabError bad-plan for every invalid option */
export function parseImatrix(args: readonly string[]): ImatrixRequest {
  const given = readArguments(args, OPTIONS);
  const source = CLI_PLAN_NAMES.model(given.required('model'));
  if (source.task !== 'language-model')
    throw usage('An importance matrix is for language models.', 'Name a language model.');
  const out = resolve(given.required('out'));
  const data = calibration.parse(given.value('calibration') ?? defaultCalibration(source), '--calibration');
  if (data === 'none')
    throw usage(
      '--calibration is none, and an importance matrix needs data.',
      'Leave it out, or name a set.',
    );
  const count = given.value('calibration-windows') ?? String(PRESETS.default.calibrationWindows);
  return {
    model: source.id,
    out,
    form: given.oneOf('form', FORMS, out.endsWith('.gguf') ? 'gguf' : 'dat'),
    calibration: {
      data: CLI_PLAN_NAMES.data(data).id,
      windows: windows.parse(count, '--calibration-windows'),
      draws: 1,
    },
    context: context.parse(given.value('context') ?? String(DEFAULT_CONTEXT), '--context'),
    seed: seed.parse(given.value('seed') ?? String(DEFAULT_SEED), '--seed'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}
