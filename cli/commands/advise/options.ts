import { resolve } from 'node:path';
import {
  DECISION_KEYS,
  DECISION_PARAMETERS,
  decisionRequest,
  nonNegative,
  readDecision,
  type DecisionRequest,
} from '../../../src/lab/decide/parameters';
import { hardwarePrice, type HardwarePrice } from '../../../src/lab/decide/prices';
import type { PublishedFilter } from '../../../src/lab/decide/published';
import { Arguments, optionsHelp, readArguments, usage, type OptionTable } from '../../shared/options';

const PUBLISHED = '--published';

const DECISION_OPTIONS: OptionTable = Object.fromEntries(
  DECISION_KEYS.map((key) => {
    const { value, help, fallback } = DECISION_PARAMETERS[key];
    return [key, { value, help: `${help} (default: ${fallback})` }];
  }),
);

const OPTIONS: OptionTable = {
  records: { value: 'DIR', help: 'folder of a sweep (--out); may be given several times', repeatable: true },
  ...DECISION_OPTIONS,
  mixed: {
    value: 'refuse|group',
    help: 'records of several models, measurements or devices are refused, or decided group by group (default: refuse)',
  },
  out: { value: 'FILE', help: 'also write the answer and its table as Markdown' },
};

const PUBLISHED_OPTIONS: OptionTable = {
  calibration: { value: 'on|off', help: 'candidates that need calibration data (default: off)' },
  'max-increase': { value: 'N', help: 'largest expected rise of the perplexity in per cent (default: 2)' },
  'min-compression': { value: 'N', help: 'smallest expected compression (default: none)' },
  candidates: { value: 'NAME,…', help: 'only these candidates (default: all but fp16)' },
  records: {
    ...OPTIONS.records,
    help: 'also apply the published rule to records of the presets, measured with --latency',
  },
  hardware: { value: 'NAME', help: 'hardware whose hour is paid, for the published rule (default: T4)' },
  out: OPTIONS.out,
};

export const ADVISE_HELP = `Usage: npm run advise -- --records DIR [options]
       npm run advise -- --published [options]

Chooses among measured codecs: the smallest, cheapest or fastest that holds every limit with 95 % confidence, the runner-up, and
why each of the others is rejected. Latency, rates and prices need records measured with \`sweep --latency 400\`.

${optionsHelp(OPTIONS)}
With ${PUBLISHED} it prints the catalogue, prices and size estimates of the optimiser Sparse as published, for comparison:

${optionsHelp(PUBLISHED_OPTIONS)}
Example: npm run sweep -- --model gpt2-tinystories --latency 400 --out results
         npm run advise -- --records results --max-increase 1 --max-bytes 5MB --hardware T4
`;

/** A decision between measured records, or the published optimiser. */
export type AdviseRequest =
  | { kind: 'measured'; folders: string[]; decision: DecisionRequest; grouped: boolean; out?: string }
  | { kind: 'published'; folders: string[]; filter: PublishedFilter; hardware: HardwarePrice; out?: string };

/** Parses the arguments of `npm run advise`. @throws LabError bad-plan for invalid arguments */
export function parseAdvise(args: readonly string[]): AdviseRequest {
  if (args.includes(PUBLISHED)) {
    const given = readArguments(
      args.filter((arg) => arg !== PUBLISHED),
      PUBLISHED_OPTIONS,
    );
    const hardware = hardwarePrice(given.value('hardware') ?? 'T4');
    return {
      kind: 'published',
      folders: foldersOf(given),
      filter: publishedFilter(given),
      hardware,
      ...outOf(given),
    };
  }
  const given = readArguments(args, OPTIONS);
  const folders = foldersOf(given);
  if (folders.length === 0)
    throw usage('--records is missing.', 'Name the --out folder of a sweep, or write --published.');
  const values = new Map(DECISION_KEYS.flatMap((key) => valueOf(given, key)));
  const decision = decisionRequest(readDecision(values, (key) => `--${key}`));
  const grouped = given.oneOf('mixed', ['refuse', 'group'], 'refuse') === 'group';
  return {
    kind: 'measured',
    folders,
    decision,
    grouped,
    ...outOf(given),
  };
}

function valueOf(given: Arguments, key: string): [string, string][] {
  const value = given.value(key);
  return value === undefined ? [] : [[key, value]];
}

function foldersOf(given: Arguments): string[] {
  return (given.values.get('records') ?? []).map((folder) => resolve(folder));
}

function outOf(given: Arguments): { out?: string } {
  const out = given.path('out');
  return out === undefined ? {} : { out };
}

function publishedFilter(given: Arguments): PublishedFilter {
  const number = (key: 'max-increase' | 'min-compression') => {
    const text = given.value(key);
    return text === undefined ? undefined : nonNegative(text, `--${key}`);
  };
  const names = given
    .value('candidates')
    ?.split(',')
    .map((name) => name.trim());
  const minCompression = number('min-compression');
  return {
    calibration: given.oneOf('calibration', ['off', 'on'], 'off') === 'on',
    maxChange: number('max-increase') ?? 2,
    ...(minCompression !== undefined && { minCompression }),
    ...(names && { names }),
  };
}
