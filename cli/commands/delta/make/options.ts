import { resolve } from 'node:path';
import {
  chosenEncoders,
  DEFAULT_MAX_ERROR,
  parseMaxError,
  type EncoderChoice,
} from '../../../../src/delta/choose';
import { deltaEncoders } from '../../../../src/delta/encoder';
import type { ComputeChoice } from '../../../../src/lab/compute';
import { buildPlan } from '../../../../src/lab/plan/build';
import { PLAN_PARAMETERS } from '../../../../src/lab/plan/parameters';
import type { Plan } from '../../../../src/lab/plan/plan';
import { DEFAULT_SEED, PRESETS } from '../../../../src/lab/plan/presets';
import { MIN_CLUSTERS } from '../../../../src/lab/results/comparison';
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

const EXACT = '--exact';

/** Options of measuring, which only --max-increase does. */
const MEASURING: OptionTable = {
  data: planOption('data'),
  windows: planOption('windows', String(PRESETS.default.windows)),
  images: planOption('images', String(PRESETS.default.images)),
  context: planOption('context'),
  adapter: ADAPTER,
  compute: COMPUTE,
};

const OPTIONS: OptionTable = {
  base: { value: 'FOLDER', help: 'the model that was fine-tuned, in Hugging Face hub layout' },
  tuned: { value: 'FOLDER', help: 'the fine-tuned model, with tensors of the same names, types and shapes' },
  out: { value: 'FILE', help: 'the delta to write (a safetensors file)' },
  'max-error': {
    value: 'E',
    help: `largest error of a tensor’s difference, ‖Δ̂ − Δ‖ ÷ ‖Δ‖ (default: ${DEFAULT_MAX_ERROR})`,
  },
  'max-increase': {
    value: 'LIMIT',
    help: 'instead of --max-error: largest loss, in per cent of perplexity or points of accuracy (upper bound of the 95 % interval)',
  },
  encoders: {
    value: 'LIST',
    help: `encoders to choose from, separated by commas, whatever their error (default: all but dare): ${[...deltaEncoders.keys()].join(', ')}`,
  },
  seed: { value: 'N', help: `seed of random choices (default: ${DEFAULT_SEED})` },
  ...MEASURING,
};

const ENCODERS = [...deltaEncoders.values()].map(({ id, label }) => `  ${id.padEnd(14)} ${label}\n`).join('');

export const DELTA_MAKE_HELP = `Usage: npm run delta -- make --base FOLDER --tuned FOLDER [${EXACT}] --out FILE [options]

Writes what turns a model into its fine-tune, each tensor with the encoder that takes the fewest bytes. ${EXACT} restores every bit;
otherwise the error of each tensor is limited, or with --max-increase the loss of the model: the bound of the error is then found by
bisection, from the models that the deltas restore, and confirmed on all windows or images (docs/delta.md). The same command continues
after it was stopped.

${optionsHelp(OPTIONS)}
Encoders:
${ENCODERS}`;

export interface DeltaMakeRequest {
  folders: { base: string; tuned: string };
  out: string;
  choice: EncoderChoice;
  limit?: LossLimit;
}

/** A limit of the loss, and how it is measured. */
export interface LossLimit {
  /** Per cent of perplexity, or points of accuracy. */
  maxIncrease: number;
  /** What the search measures on, and what confirms the result. */
  search: Plan;
  confirm: Plan;
  adapter?: string;
  compute: ComputeChoice;
}

/** Parses the arguments of `npm run delta -- make`. @throws LabError bad-plan for every invalid option */
export function parseDeltaMake(args: readonly string[]): DeltaMakeRequest {
  const exact = args.includes(EXACT);
  const given = readArguments(
    args.filter((arg) => arg !== EXACT),
    OPTIONS,
  );
  refuseContradictions(given, exact);
  const choice: EncoderChoice = {
    exact,
    maxError: parseMaxError(given.value('max-error') ?? String(DEFAULT_MAX_ERROR), '--max-error'),
    encoders: given.value('encoders')?.split(','),
    seed: seedOf(given),
  };
  chosenEncoders(choice);
  const folders = { base: resolve(given.required('base')), tuned: resolve(given.required('tuned')) };
  const limit = limitOf(given, folders);
  return { folders, out: resolve(given.required('out')), choice, ...(limit && { limit }) };
}

function refuseContradictions(given: Arguments, exact: boolean): void {
  const isGiven = (name: string) => given.value(name) !== undefined;
  const named = ['max-error', 'max-increase'].filter(isGiven).map((name) => `--${name}`);
  const limits = [...(exact ? [EXACT] : []), ...named];
  if (limits.length > 1)
    throw usage(`${limits[0]} and ${limits[1]} contradict each other.`, 'Leave out one of them.');
  if (!isGiven('max-increase')) {
    const alone = Object.keys(MEASURING).find(isGiven);
    if (alone !== undefined)
      throw usage(
        `--${alone} is for measuring, and only --max-increase measures.`,
        `Leave out --${alone}, or use \`npm run delta -- measure\` with the finished delta.`,
      );
  } else if (isGiven('encoders'))
    throw usage(
      '--encoders and --max-increase contradict each other: encoders that are named are used whatever their error.',
      'Leave out one of them.',
    );
}

const MAX_INCREASE = 1000;

function limitOf(given: Arguments, folders: DeltaMakeRequest['folders']): LossLimit | undefined {
  const text = given.value('max-increase');
  if (text === undefined) return undefined;
  const maxIncrease = Number(text);
  if (!/^\d{1,4}(\.\d{1,6})?$/.test(text) || maxIncrease === 0 || maxIncrease > MAX_INCREASE)
    throw usage(
      `--max-increase cannot be "${text.slice(0, 60)}".`,
      `Write per cent of perplexity, or points of accuracy: a number above 0, at most ${MAX_INCREASE}.`,
    );
  const plan = (preset: 'quick' | 'default') => measuringPlan(given, folders, preset);
  const { protocol } = plan('default');
  if (given.value('windows') !== undefined && (protocol.windows ?? MIN_CLUSTERS) < MIN_CLUSTERS)
    throw usage(
      `${protocol.windows} windows cannot confirm a limit: the interval of fewer than ${MIN_CLUSTERS} is not known well enough.`,
      `Use --windows ${MIN_CLUSTERS} or more.`,
    );
  return {
    maxIncrease,
    search: plan('quick'),
    confirm: plan('default'),
    adapter: given.value('adapter'),
    compute: computeOf(given),
  };
}

/** Returns how the deltas are measured. The search takes the quick preset's amount of data. */
function measuringPlan(
  given: Arguments,
  { base, tuned }: DeltaMakeRequest['folders'],
  preset: 'quick' | 'default',
): Plan {
  const amounts = preset === 'default' ? (['windows', 'images'] as const) : [];
  const fields = Object.fromEntries(
    (['data', 'context', ...amounts] as const).flatMap((key) => {
      const text = given.value(key);
      return text === undefined ? [] : [[key, PLAN_PARAMETERS[key].parse(text, `--${key}`)]];
    }),
  );
  const own = { codec: [], file: ['.delta'], preset, metrics: 'perplexity', calibration: 'none' } as const;
  // The files are made later.
  const names = { ...CLI_PLAN_NAMES, file: (name: string) => name };
  return buildPlan({ ...own, ...fields, model: tuned, base }, names);
}

function seedOf(given: Arguments): number {
  const text = given.value('seed') ?? String(DEFAULT_SEED);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usage(`--seed cannot be "${text.slice(0, 60)}".`, 'Write a whole number of at most nine digits.');
}
