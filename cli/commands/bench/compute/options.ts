import { isPlanKey } from '../../../../src/lab/plan/parameters';
import type { Plan } from '../../../../src/lab/plan/plan';
import { planFromOptions } from '../../../../src/lab/plan/text';
import {
  ADAPTER,
  optionsHelp,
  planOption,
  readArguments,
  usage,
  type OptionTable,
} from '../../../shared/options';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';

const DEFAULT_ROUNDS = 3;
const MAX_ROUNDS = 100;

const OPTIONS: OptionTable = {
  model: {
    value: 'NAME',
    help: 'embedded model or folder in hub layout (repeatable; default: the embedded ones)',
    repeatable: true,
  },
  codec: planOption('codec'),
  preset: planOption('preset'),
  windows: planOption('windows'),
  context: planOption('context'),
  images: planOption('images'),
  verdict: planOption('verdict'),
  rounds: { value: 'N', help: `runs of each plan on either side (default: ${DEFAULT_ROUNDS})` },
  adapter: ADAPTER,
  llama: {
    value: 'FOLDER',
    help: 'compare the perplexity on the CPU with llama.cpp instead, where `npm install node-llama-cpp@3.21.1` was run',
  },
  out: { value: 'FILE', help: 'also write the results as JSON' },
};

export const COMPUTE_HELP = `Usage: npm run bench -- compute [options]

Compares measuring on the adapter with measuring on the CPU: runs one plan for each model on both, by turns, after a run on
each that is not timed. The ratios of the times are those of neighbouring runs. It also compares the mean losses. With --llama
it compares the perplexity of float32 language models with llama.cpp, and with our matrix products of the same model alone.

${optionsHelp(OPTIONS)}`;

export interface ComputeRequest {
  plans: readonly Plan[];
  rounds: number;
  adapter?: string;
  /** The folder of node-llama-cpp, if it is what the CPU is compared with. */
  llama?: string;
  out?: string;
}

/** Parses the arguments of `npm run bench -- compute`. @throws LabError bad-plan for every invalid option */
export function parseCompute(args: readonly string[]): ComputeRequest {
  const given = readArguments(args, OPTIONS);
  const options = [...given.values].filter(([name]) => isPlanKey(name));
  return {
    plans: planFromOptions(Object.fromEntries(options), CLI_PLAN_NAMES),
    rounds: roundsOf(given.value('rounds')),
    adapter: given.value('adapter'),
    llama: given.path('llama'),
    out: given.path('out'),
  };
}

function roundsOf(text: string | undefined): number {
  const rounds = Number(text ?? DEFAULT_ROUNDS);
  if (Number.isInteger(rounds) && rounds >= 1 && rounds <= MAX_ROUNDS) return rounds;
  throw usage(
    `--rounds ${text?.slice(0, 60)} is not a whole number between 1 and ${MAX_ROUNDS}.`,
    `Write e.g. ${DEFAULT_ROUNDS}.`,
  );
}
