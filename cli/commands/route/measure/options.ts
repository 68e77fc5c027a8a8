import { ROUTING_UNITS, SIGNALS, type Routing } from '../../../../src/lab/routing/cascade';
import { refuseSameVariant, type RoutingRequest, type Variant } from '../../../../src/lab/routing/session';
import type { CodecSpec } from '../../../../src/codecs/contract/meta';
import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import {
  DEFAULT_CALIBRATION,
  DEFAULT_CONTEXT,
  DEFAULT_DATA,
  DEFAULT_SEED,
  PRESETS,
} from '../../../../src/lab/plan/presets';
import type { ComputeChoice } from '../../../../src/lab/compute';
import { DECISION_PARAMETERS, DEFAULT_INCREASE } from '../../../../src/lab/decide/parameters';
import { HARDWARE_PRICES, hardwarePrice } from '../../../../src/lab/decide/prices';
import type { CurveChoice } from '../../../../src/lab/routing/measure';
import { DEFAULT_SINGLE_CODEC, parseMaxIncrease } from '../../../../src/lab/routing/parameters';
import { oneCodec } from '../../../shared/compression';
import {
  ADAPTER,
  COMPUTE,
  computeOf,
  optionsHelp,
  planOption,
  readArguments,
  usage,
  type Arguments,
  type OptionTable,
} from '../../../shared/options';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';

const TASK = 'language-model';
const DEFAULT_WINDOWS = 128;
const DEFAULT_FIT_WINDOWS = 64;
const ALL = 'all';

const OPTIONS: OptionTable = {
  model: { value: 'MODEL', help: 'language model; may be repeated', repeatable: true },
  small: {
    value: 'SPEC',
    help: 'codec of the small variant; several, separated by semicolons, give one cascade each',
  },
  large: {
    value: 'SPEC',
    help: 'codec of the large variant; float32 is the model as it is (default: float32)',
  },
  'large-model': {
    value: 'MODEL',
    help: 'another model with the same tokenizer for the large variant (default: that of --model)',
  },
  alone: {
    value: 'SPEC',
    help: `one codec of --model to compare the cascade with; none for no comparison (default: ${DEFAULT_SINGLE_CODEC})`,
  },
  by: {
    value: `${ROUTING_UNITS.join('|')}|${ALL}`,
    help: `what is routed: a whole answer by its prompt, or every token (default: ${ALL})`,
  },
  signal: {
    value: `${SIGNALS.join('|')}|${ALL}`,
    help: `figure of the small variant’s distribution that decides (default: ${ALL})`,
  },
  'max-increase': {
    value: 'PERCENT',
    help: `wanted quality: perplexity above the large variant’s (default: ${DEFAULT_INCREASE})`,
  },
  prompt: { value: 'N', help: 'tokens of a window that are the prompt (default: half the context)' },
  data: planOption('data', DEFAULT_DATA[TASK]),
  windows: { value: 'N', help: `maximum number of windows to measure (default: ${DEFAULT_WINDOWS})` },
  calibration: {
    value: 'NAME',
    help: `text for thresholds and calibrated codecs (default: ${DEFAULT_CALIBRATION[TASK]})`,
  },
  'fit-windows': {
    value: 'N',
    help: `windows of that text that thresholds are fitted on (default: ${DEFAULT_FIT_WINDOWS})`,
  },
  'calibration-windows': planOption('calibration-windows', String(PRESETS.default.calibrationWindows)),
  context: { value: 'N', help: `tokens of a window (default: ${DEFAULT_CONTEXT})` },
  hardware: {
    value: 'NAME',
    help: `also reckon dollars, from the measured speed and the price of an hour: ${HARDWARE_PRICES.map(({ id }) => id).join(', ')}`,
  },
  'price-per-hour': { value: 'USD', help: 'instead of --hardware: the price of an hour of this device' },
  scope: planOption('scope'),
  rest: planOption('rest'),
  seed: planOption('seed'),
  memory: planOption('memory'),
  out: { value: 'FILE', help: 'also write the report to this file, after each pair' },
  adapter: ADAPTER,
  compute: COMPUTE,
};

export const ROUTE_HELP = `Usage: npm run route -- --model MODEL --small SPEC [--large SPEC] [options]
       npm run route -- published [options]

Measures a cascade: a small variant of a model answers, and where it is uncertain a large variant does. Prints cost against quality on
held-out text, with 95 % intervals, beside the two variants alone and random routing at the same cost (docs/routing.md). The cost counts
the small variant's passes and what the large one must catch up on. \`published\` repeats a published router's arithmetic on assumptions.

${optionsHelp(OPTIONS)}
Example: npm run route -- --model gpt2-tinystories --small "rtn(bits=3,group=32)" --by token --signal entropy
`;

export interface RouteMeasureRequest extends CurveChoice {
  /** Cascades, those of one model next to each other. */
  pairs: readonly { small: Variant; large: Variant }[];
  /** One codec to compare with. */
  alone?: CodecSpec;
  request: RoutingRequest;
  out?: string;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run route`. @throws LabError bad-plan for every invalid option */
export function parseRoute(args: readonly string[]): RouteMeasureRequest {
  const given = readArguments(args, OPTIONS);
  given.required('model');
  const request = requestOf(given);
  return {
    pairs: pairsOf(given),
    request,
    ...aloneOf(given),
    routings: routingsOf(given, request.context),
    maxIncrease: parseMaxIncrease(given.value('max-increase') ?? String(DEFAULT_INCREASE), '--max-increase'),
    ...priceOf(given),
    out: given.path('out'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

function pairsOf(given: Arguments): RouteMeasureRequest['pairs'] {
  const models = given.values.get('model')!.map(languageModel);
  const small = PLAN_PARAMETERS.codec.parse(given.required('small'), '--small');
  const large = oneCodec(given.value('large') ?? 'float32', '--large');
  const largeModel = given.value('large-model');
  const other = largeModel === undefined ? undefined : languageModel(largeModel);
  return models.flatMap((model) =>
    small.map((spec) => {
      const pair = { small: { model, spec }, large: { model: other ?? model, spec: large } };
      refuseSameVariant(pair.small, pair.large);
      return pair;
    }),
  );
}

function aloneOf(given: Arguments): Pick<RouteMeasureRequest, 'alone'> {
  const value = given.value('alone') ?? DEFAULT_SINGLE_CODEC;
  return value === 'none' ? {} : { alone: oneCodec(value, '--alone') };
}

function languageModel(name: string): string {
  const { id, task } = CLI_PLAN_NAMES.model(name);
  if (task === TASK) return id;
  throw usage(
    `${name} classifies images; routing is measured on the answers of language models.`,
    'Choose a language model.',
  );
}

function requestOf(given: Arguments): RoutingRequest {
  const { calibration, context, scope, rest, seed, memory } = PLAN_PARAMETERS;
  const limit = given.value('memory');
  const data = calibration.parse(given.value('calibration') ?? DEFAULT_CALIBRATION[TASK], '--calibration');
  if (data === 'none')
    throw usage(
      '--calibration cannot be "none": thresholds are fitted on it.',
      'Name a text that is not measured.',
    );
  return {
    data: CLI_PLAN_NAMES.data(given.value('data') ?? DEFAULT_DATA[TASK]).id,
    context: context.parse(given.value('context') ?? String(DEFAULT_CONTEXT), '--context'),
    windows: count(given, 'windows', DEFAULT_WINDOWS),
    calibration: {
      data: CLI_PLAN_NAMES.data(data).id,
      windows: count(given, 'calibration-windows', PRESETS.default.calibrationWindows),
      draws: 1,
    },
    fitWindows: count(given, 'fit-windows', DEFAULT_FIT_WINDOWS),
    scope: scope.parse(given.value('scope') ?? 'linear', '--scope'),
    rest: rest.parse(given.value('rest') ?? 'float16', '--rest'),
    seed: seed.parse(given.value('seed') ?? String(DEFAULT_SEED), '--seed'),
    ...(limit !== undefined && { memory: memory.parse(limit, '--memory') }),
  };
}

/** Reads a number of windows, of which an interval needs at least two. */
function count(given: Arguments, name: string, fallback: number): number {
  const text = given.value(name);
  if (text === undefined) return fallback;
  if (/^\d{1,7}$/.test(text) && Number(text) >= 2) return Number(text);
  throw usage(`--${name} cannot be "${text.slice(0, 60)}".`, 'Write a whole number from 2 to 9,999,999.');
}

function routingsOf(given: Arguments, context: number): Routing[] {
  const by = given.oneOf('by', [ALL, ...ROUTING_UNITS], ALL);
  const signal = given.oneOf('signal', [ALL, ...SIGNALS], ALL);
  const prompt = promptOf(given, context);
  return ROUTING_UNITS.filter((each) => by === ALL || each === by).flatMap((unit) =>
    SIGNALS.filter((each) => signal === ALL || each === signal).map((each) => ({
      by: unit,
      signal: each,
      prompt,
    })),
  );
}

function promptOf(given: Arguments, context: number): number {
  const text = given.value('prompt') ?? String(Math.floor(context / 2));
  const prompt = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (prompt >= 1 && prompt < context) return prompt;
  throw usage(
    `--prompt cannot be "${text.slice(0, 60)}": windows have ${context} tokens, and at least one is answered.`,
    `Write a number from 1 to ${context - 1}.`,
  );
}

/** Reads what an hour costs. The speed is that of this device, whatever the hardware is called. */
function priceOf(given: Arguments): Pick<CurveChoice, 'pricePerHour'> {
  const [hardware, price] = [given.value('hardware'), given.value('price-per-hour')];
  if (hardware !== undefined && price !== undefined)
    throw usage('--hardware and --price-per-hour are both given.', 'Leave out one of them.');
  if (hardware !== undefined) return { pricePerHour: hardwarePrice(hardware).pricePerHour };
  if (price === undefined) return {};
  return { pricePerHour: DECISION_PARAMETERS['price-per-hour'].parse(price, '--price-per-hour') };
}
