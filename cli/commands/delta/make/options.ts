import { resolve } from 'node:path';
import { chosenEncoders, type EncoderChoice } from '../../../../src/delta/choose';
import { deltaEncoders } from '../../../../src/delta/encoder';
import { DEFAULT_SEED } from '../../../../src/lab/plan/presets';
import { optionsHelp, readArguments, usage, type Arguments, type OptionTable } from '../../../shared/options';

const DEFAULT_MAX_ERROR = 0.05;
const EXACT = '--exact';

const OPTIONS: OptionTable = {
  base: { value: 'FOLDER', help: 'the model that was fine-tuned, in Hugging Face hub layout' },
  tuned: { value: 'FOLDER', help: 'the fine-tuned model, with tensors of the same names, types and shapes' },
  out: { value: 'FILE', help: 'the delta to write (a safetensors file)' },
  'max-error': {
    value: 'E',
    help: `largest error of a tensor’s difference, ‖Δ̂ − Δ‖ ÷ ‖Δ‖ (default: ${DEFAULT_MAX_ERROR})`,
  },
  encoders: {
    value: 'LIST',
    help: `encoders to choose from, separated by commas, whatever their error (default: all but dare): ${[...deltaEncoders.keys()].join(', ')}`,
  },
  seed: { value: 'N', help: `seed of random choices (default: ${DEFAULT_SEED})` },
};

const ENCODERS = [...deltaEncoders.values()].map(({ id, label }) => `  ${id.padEnd(14)} ${label}\n`).join('');

export const DELTA_MAKE_HELP = `Usage: npm run delta -- make --base FOLDER --tuned FOLDER [${EXACT}] --out FILE [options]

Writes what turns a model into its fine-tune, each tensor with the encoder that takes the fewest bytes. ${EXACT} restores every bit;
otherwise the error of each tensor is limited. The same command continues after it was stopped.

${optionsHelp(OPTIONS)}
Encoders:
${ENCODERS}`;

export interface DeltaMakeRequest {
  folders: { base: string; tuned: string };
  out: string;
  choice: EncoderChoice;
}

/** Parses the arguments of `npm run delta -- make`. @throws LabError bad-plan for every invalid option */
export function parseDeltaMake(args: readonly string[]): DeltaMakeRequest {
  const exact = args.includes(EXACT);
  const given = readArguments(
    args.filter((arg) => arg !== EXACT),
    OPTIONS,
  );
  if (exact && given.value('max-error') !== undefined)
    throw usage(`${EXACT} and --max-error contradict each other.`, 'Leave out one of them.');
  const choice: EncoderChoice = {
    exact,
    maxError: maxErrorOf(given),
    encoders: given.value('encoders')?.split(','),
    seed: seedOf(given),
  };
  chosenEncoders(choice);
  return {
    folders: { base: resolve(given.required('base')), tuned: resolve(given.required('tuned')) },
    out: resolve(given.required('out')),
    choice,
  };
}

function maxErrorOf(given: Arguments): number {
  const text = given.value('max-error') ?? String(DEFAULT_MAX_ERROR);
  const error = Number(text);
  if (/^[\d.]+(e-\d+)?$/.test(text) && error >= 0 && error < 1) return error;
  throw usage(
    `--max-error cannot be "${text.slice(0, 60)}".`,
    'Write a number from 0 to below 1, such as 0.05.',
  );
}

function seedOf(given: Arguments): number {
  const text = given.value('seed') ?? String(DEFAULT_SEED);
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usage(`--seed cannot be "${text.slice(0, 60)}".`, 'Write a whole number of at most nine digits.');
}
