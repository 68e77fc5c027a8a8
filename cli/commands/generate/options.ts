import type { ComputeChoice } from '../../../src/lab/compute';
import { integer, PLAN_PARAMETERS } from '../../../src/lab/plan/parameters';
import type { SamplesRequest } from '../../../src/lab/generate/samples';
import { formatCodec } from '../../../src/codecs/contract/spec';
import { COMPRESSION_OPTIONS, settingsOf } from '../../shared/compression';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  readArguments,
  usage,
  type OptionTable,
} from '../../shared/options';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const DEFAULT_TOKENS = 64;
const tokens = integer(1, 4096, '');
const samples = integer(1, 1000, '');
const topK = integer(0, 1_000_000, '');

const { scope, rest, calibration, context, seed } = COMPRESSION_OPTIONS;
const OPTIONS: OptionTable = {
  model: {
    value: 'NAME',
    help: 'embedded model, a model of the hub as owner/name, or a folder in its layout',
  },
  codec: {
    value: 'SPEC',
    help: 'codec to set beside the float32 baseline, e.g. "rtn(bits=3)"; several joined by ";" (default: none)',
    repeatable: true,
  },
  prompt: { value: 'TEXT', help: 'text to continue; may be given several times', repeatable: true },
  samples: { value: 'N', help: 'texts for each prompt, with the seeds S, S + 1, … (default: 1)' },
  'max-tokens': { value: 'N', help: `tokens of each text at most (default: ${DEFAULT_TOKENS})` },
  temperature: { value: 'T', help: '0 takes the most likely token each time (default: 0.8)' },
  'top-k': { value: 'K', help: 'draw from the K most likely tokens; 0 is all (default: 0)' },
  ...{
    scope,
    rest,
    calibration,
    'calibration-windows': COMPRESSION_OPTIONS['calibration-windows'],
    context,
    seed,
  },
  out: {
    value: 'DIR',
    help: 'folder of a sweep, whose records of the model and the codecs keep the texts (default: they are only printed)',
  },
  adapter: ADAPTER,
  compute: COMPUTE,
};

export const GENERATE_HELP = `Usage: npm run generate -- --model NAME [--codec SPEC] --prompt TEXT [options]

Continues texts with the float32 model and with codecs, restored from their bytes, side by side. All of them draw from the same random
numbers, so that equal options give equal texts.

${optionsHelp(OPTIONS)}`;

export interface GenerateRequest extends SamplesRequest {
  /** Folder of a sweep. */
  out?: string;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run generate`. @throws LabError bad-plan for every invalid option */
export function parseGenerate(args: readonly string[]): GenerateRequest {
  const given = readArguments(args, OPTIONS);
  const source = CLI_PLAN_NAMES.model(PLAN_PARAMETERS.model.parse(given.required('model'), '--model'));
  const codecs = given.values.get('codec')?.join(';');
  const specs = codecs === undefined ? [] : PLAN_PARAMETERS.codec.parse(codecs, '--codec');
  const whole = (
    name: string,
    parameter: { parse: (text: string, name: string) => number },
    fallback: number,
  ) => parameter.parse(given.value(name) ?? String(fallback), `--${name}`);
  given.required('prompt');
  return {
    model: source.id,
    codecs: specs.map(formatCodec),
    prompts: given.values.get('prompt')!,
    samples: whole('samples', samples, 1),
    maxTokens: whole('max-tokens', tokens, DEFAULT_TOKENS),
    temperature: temperatureOf(given.value('temperature') ?? '0.8'),
    topK: whole('top-k', topK, 0),
    ...settingsOf(given, source),
    out: given.path('out'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

function temperatureOf(text: string): number {
  const value = /^\d{1,3}(\.\d{1,6})?$/.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= 100) return value;
  throw usage(`--temperature cannot be "${text.slice(0, 60)}".`, 'Write a number from 0 (greedy) to 100.');
}
