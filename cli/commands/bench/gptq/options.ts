import type { CodecSpec } from '../../../../src/codecs/contract/meta';
import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import { SWEPT_MODELS } from '../../../../src/lab/plan/presets';
import {
  ADAPTER,
  optionsHelp,
  planOption,
  readArguments,
  usage,
  type OptionTable,
} from '../../../shared/options';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';

const { context, codec } = PLAN_PARAMETERS;
const windows = PLAN_PARAMETERS['calibration-windows'];
const DEFAULTS = { codec: 'gptq(bits=4,group=32)', windows: '32', context: '256' };

const OPTIONS: OptionTable = {
  model: {
    value: 'NAME',
    help: 'embedded language model or folder in hub layout (repeatable; default: the embedded ones)',
    repeatable: true,
  },
  codec: { value: codec.value, help: `calibrated codec (default: ${DEFAULTS.codec})` },
  'calibration-windows': planOption('calibration-windows', DEFAULTS.windows),
  context: planOption('context', DEFAULTS.context),
  adapter: ADAPTER,
};

export const GPTQ_HELP = `Usage: npm run bench -- gptq [options]

Compares the time of calibrated encoding with a prediction from its number of operations: operations counted, seconds
measured, and seconds predicted from the rates of the smallest model. Each model is encoded twice; the second time counts.

${optionsHelp(OPTIONS)}`;

export interface GptqRequest {
  models: readonly string[];
  spec: CodecSpec;
  windows: number;
  context: number;
  adapter?: string;
}

/** Parses the arguments of `npm run bench -- gptq`. @throws LabError bad-plan for every invalid option */
export function parseGptq(args: readonly string[]): GptqRequest {
  const given = readArguments(args, OPTIONS);
  const texts = [...SWEPT_MODELS].flatMap(([id, task]) => (task === 'language-model' ? [id] : []));
  const models = (given.values.get('model') ?? texts).map((name) => CLI_PLAN_NAMES.model(name));
  if (models.some(({ task }) => task !== 'language-model'))
    throw usage('bench gptq times language models.', 'Leave out image models.');
  const specs = codec.parse(given.value('codec') ?? DEFAULTS.codec, '--codec');
  if (specs.length !== 1) throw usage(`--codec names ${specs.length} codecs.`, 'Name one codec.');
  return {
    models: models.map(({ id }) => id),
    spec: specs[0],
    windows: windows.parse(given.value('calibration-windows') ?? DEFAULTS.windows, '--calibration-windows'),
    context: context.parse(given.value('context') ?? DEFAULTS.context, '--context'),
    adapter: given.value('adapter'),
  };
}
