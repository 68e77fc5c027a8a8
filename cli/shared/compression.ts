import type { Recipe } from '../../src/artefact/recipe';
import { baseOf, defaultCalibration, type PlanModel } from '../../src/lab/plan/build';
import type { CalibrationPlan } from '../../src/lab/plan/plan';
import { PLAN_PARAMETERS } from '../../src/lab/plan/parameters';
import { DEFAULT_CONTEXT, DEFAULT_SEED, PRESETS } from '../../src/lab/plan/presets';
import { planOption, usage, type Arguments, type OptionTable } from './options';
import { CLI_PLAN_NAMES } from './planNames';

const { codec, scope, rest, seed, calibration, context } = PLAN_PARAMETERS;
const calibrationWindows = PLAN_PARAMETERS['calibration-windows'];

/** The options of commands that compress one model with one codec, besides --model and --codec. */
export const COMPRESSION_OPTIONS: OptionTable = {
  scope: planOption('scope'),
  rest: planOption('rest'),
  calibration: planOption('calibration'),
  'calibration-windows': planOption('calibration-windows'),
  context: { value: context.value, help: `tokens per calibration window (default: ${context.fallback})` },
  seed: planOption('seed'),
  base: {
    value: 'NAME',
    help: 'the model that was fine-tuned, for a codec of the difference, as delta(rtn(bits=2))',
  },
  memory: {
    value: PLAN_PARAMETERS.memory.value,
    help: 'memory in which assigners (allocate) try the tensors; a model that needs more is tried part by part',
  },
};

/** How a command compresses a model. */
export interface CompressionRequest {
  recipe: Omit<Recipe, 'base'>;
  /** Name of the model of which the codec codes the difference. */
  base?: string;
  seed: number;
  calibration: CalibrationPlan | null;
  context: number;
  /** Bytes that an assigner may take. */
  memory?: number;
}

/** Reads how a model is compressed. @throws LabError bad-plan for every invalid option */
export function compressionOf(given: Arguments, source: PlanModel): CompressionRequest {
  const spec = oneCodec(given.required('codec'), '--codec');
  const { scope, rest, ...settings } = settingsOf(given, source);
  return {
    recipe: { spec, scope, rest },
    ...baseOf({ codec: [spec], base: given.value('base') }, CLI_PLAN_NAMES),
    ...settings,
    memory: memoryOf(given),
  };
}

/** Reads how codecs are applied, whichever they are. @throws LabError bad-plan for every invalid option */
export function settingsOf(
  given: Arguments,
  source: PlanModel,
): Pick<Recipe, 'scope' | 'rest'> & Pick<CompressionRequest, 'seed' | 'calibration' | 'context'> {
  return {
    scope: scope.parse(given.value('scope') ?? 'linear', '--scope'),
    rest: rest.parse(given.value('rest') ?? 'float16', '--rest'),
    seed: seed.parse(given.value('seed') ?? String(DEFAULT_SEED), '--seed'),
    calibration: calibrationOf(given, defaultCalibration(source)),
    context: context.parse(given.value('context') ?? String(DEFAULT_CONTEXT), '--context'),
  };
}

function memoryOf(given: Arguments): number | undefined {
  const size = given.value('memory');
  return size === undefined ? undefined : PLAN_PARAMETERS.memory.parse(size, '--memory');
}

/** Parses a value that names one codec. @throws LabError bad-plan for several, and for a name or an option that is unknown */
export function oneCodec(value: string, option: string): Recipe['spec'] {
  const specs = codec.parse(value, option);
  if (specs.length === 1) return specs[0];
  throw usage(
    `${option} names ${specs.length} codecs; an artefact has one.`,
    'Run the command once for each.',
  );
}

function calibrationOf(given: Arguments, fallback: string): CalibrationPlan | null {
  const data = calibration.parse(given.value('calibration') ?? fallback, '--calibration');
  if (data === 'none') return null;
  const wanted = given.value('calibration-windows') ?? String(PRESETS.default.calibrationWindows);
  const windows = calibrationWindows.parse(wanted, '--calibration-windows');
  return { data: CLI_PLAN_NAMES.data(data).id, windows, draws: 1 };
}
