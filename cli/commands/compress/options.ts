import { resolve } from 'node:path';
import type { Recipe } from '../../../src/artefact/recipe';
import type { ComputeChoice } from '../../../src/lab/compute';
import type { CalibrationPlan } from '../../../src/lab/plan/plan';
import { PLAN_PARAMETERS } from '../../../src/lab/plan/parameters';
import { DEFAULT_CALIBRATION, DEFAULT_CONTEXT, DEFAULT_SEED, PRESETS } from '../../../src/lab/plan/presets';
import {
  ADAPTER,
  CODING_COMPUTE,
  computeOf,
  optionsHelp,
  planOption,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../shared/options';
import { CLI_PLAN_NAMES } from '../../shared/planNames';

const { model, codec, scope, rest, seed, calibration, context } = PLAN_PARAMETERS;
const calibrationWindows = PLAN_PARAMETERS['calibration-windows'];

const OPTIONS: OptionTable = {
  model: { value: 'NAME', help: 'embedded model, or a folder in Hugging Face hub layout' },
  codec: { value: 'SPEC', help: 'one codec with options, e.g. "rtn(bits=4,group=32)"' },
  out: { value: 'FILE', help: 'the artefact to write (a safetensors file)' },
  scope: planOption('scope'),
  rest: planOption('rest'),
  calibration: planOption('calibration'),
  'calibration-windows': planOption('calibration-windows'),
  context: { value: context.value, help: `tokens per calibration window (default: ${context.fallback})` },
  seed: planOption('seed'),
  memory: {
    value: PLAN_PARAMETERS.memory.value,
    help: 'memory in which assigners (allocate) try the tensors; a model that needs more is tried part by part',
  },
  adapter: ADAPTER,
  compute: CODING_COMPUTE,
};

export const COMPRESS_HELP = `Usage: npm run compress -- --model NAME --codec SPEC --out FILE [options]

Writes the compressed model as one file, with exactly the bytes that \`sweep\` measures and \`decompress\` restores. The model
is read, compressed and written tensor by tensor, so it may be larger than memory (docs/large-models.md).

${optionsHelp(OPTIONS)}`;

export interface CompressRequest {
  model: string;
  recipe: Recipe;
  out: string;
  seed: number;
  calibration: CalibrationPlan | null;
  context: number;
  /** Bytes that an assigner may take. */
  memory?: number;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run compress`. @throws LabError bad-plan for every invalid option */
export function parseCompress(args: readonly string[]): CompressRequest {
  const given = readArguments(args, OPTIONS);
  const source = CLI_PLAN_NAMES.model(model.parse(given.required('model'), '--model'));
  return {
    model: source.id,
    recipe: recipeOf(given),
    out: resolve(given.required('out')),
    seed: seed.parse(given.value('seed') ?? String(DEFAULT_SEED), '--seed'),
    calibration: calibrationOf(given, DEFAULT_CALIBRATION[source.task]),
    context: context.parse(given.value('context') ?? String(DEFAULT_CONTEXT), '--context'),
    memory: memoryOf(given),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

function memoryOf(given: Arguments): number | undefined {
  const size = given.value('memory');
  return size === undefined ? undefined : PLAN_PARAMETERS.memory.parse(size, '--memory');
}

function recipeOf(given: Arguments): Recipe {
  const specs = codec.parse(given.required('codec'), '--codec');
  if (specs.length > 1)
    throw usage(`--codec names ${specs.length} codecs; an artefact has one.`, 'Run compress once for each.');
  return {
    spec: specs[0],
    scope: scope.parse(given.value('scope') ?? 'linear', '--scope'),
    rest: rest.parse(given.value('rest') ?? 'float16', '--rest'),
  };
}

function calibrationOf(given: Arguments, fallback: string): CalibrationPlan | null {
  const data = calibration.parse(given.value('calibration') ?? fallback, '--calibration');
  if (data === 'none') return null;
  const wanted = given.value('calibration-windows') ?? String(PRESETS.default.calibrationWindows);
  const windows = calibrationWindows.parse(wanted, '--calibration-windows');
  return { data: CLI_PLAN_NAMES.data(data).id, windows, draws: 1 };
}
