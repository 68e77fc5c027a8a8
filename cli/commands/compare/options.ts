import { resolve } from 'node:path';
import { nonNegative } from '../../../src/lab/decide/parameters';
import { optionsHelp, readArguments, type OptionTable } from '../../shared/options';

/** Which changes let the command fail. */
const FAIL_ON = ['nothing', 'worse', 'change'] as const;

const OPTIONS = {
  show: { value: 'changes|all', help: 'significant changes only, or every codec (default: changes)' },
  'fail-on': {
    value: FAIL_ON.join('|'),
    help: 'worse: exit code 1 if a codec is significantly worse, or was not measured again in the same way; change: also if one is better, or its file has another size (default: nothing)',
  },
  'max-increase': {
    value: 'N',
    help: 'exit code 1 unless every codec of AFTER loses at most N per cent of perplexity (points of accuracy) with 95 % confidence, against its float32 model',
  },
} as const satisfies OptionTable;

export const COMPARE_HELP = `Usage: npm run compare -- BEFORE AFTER [options]

Compares two runs codec by codec: file sizes, and quality paired over the same windows or images, with 95 % intervals. BEFORE and AFTER
are output folders of sweeps, or files of records, such as those that the page exports as JSON. With fewer than 30 windows, as under
--preset quick, no change is significant. Of a codec that a run measured several times in the same way, the newest record counts.

${optionsHelp(OPTIONS)}
Example: npm run sweep -- --model stories260K --out results/now
         npm run compare -- results/stored results/now --fail-on worse
`;

export interface CompareRequest {
  before: string;
  after: string;
  show: 'changes' | 'all';
  failOn: (typeof FAIL_ON)[number];
  /** The limit of the loss against the float32 model; absent if there is none. */
  maxIncrease?: number;
}

/** Parses the arguments of `npm run compare`. @throws LabError bad-plan for invalid arguments */
export function parseCompare(args: readonly string[]): CompareRequest {
  const given = readArguments(args, OPTIONS, ['BEFORE', 'AFTER']);
  const [before, after] = given.positionals.map((path) => resolve(path));
  const limit = given.value('max-increase');
  return {
    before,
    after,
    show: given.oneOf('show', ['changes', 'all'], 'changes'),
    failOn: given.oneOf('fail-on', FAIL_ON, 'nothing'),
    ...(limit !== undefined && { maxIncrease: nonNegative(limit, '--max-increase') }),
  };
}
