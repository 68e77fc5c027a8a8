import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../../shared/options';
import { samplingSeconds } from '../options';

const DEFAULT_SECONDS = '1';
const MAX_RUNS = 20;

const OPTIONS: OptionTable = {
  adapter: ADAPTER,
  seconds: {
    value: 'N',
    help: `maximum sampling time of one case in seconds (default: ${DEFAULT_SECONDS})`,
  },
  write: {
    value: 'RUNS',
    help: 'write the ratios of this many runs as the stored ones instead of comparing',
  },
  stored: {
    value: 'FILE',
    help: 'file with the stored ratios (default: docs/measurements/check-KIND.json, by kind of adapter)',
  },
};

export const BENCH_CHECK_HELP = `Usage: npm run bench -- --check [options]

Times short products beside ONNX Runtime's WebGPU provider on the same adapter and compares the ratios with those that are stored
for this kind of adapter. The exit code is 1 if a case is slower than the noise of the stored runs and of this one explains.

${optionsHelp(OPTIONS)}`;

export interface RatioCheckRequest {
  adapter?: string;
  secondsPerCase: number;
  /** Number of runs to store; without it the ratios are compared. */
  write?: number;
  stored?: string;
}

/** Parses the arguments of `npm run bench -- --check`. @throws LabError bad-plan for every invalid option */
export function parseRatioCheck(args: readonly string[]): RatioCheckRequest {
  const given = readArguments(args, OPTIONS);
  const write = given.value('write');
  return {
    adapter: given.value('adapter'),
    secondsPerCase: samplingSeconds(given.value('seconds') ?? DEFAULT_SECONDS),
    ...(write !== undefined && { write: runsOf(write) }),
    stored: given.path('stored'),
  };
}

function runsOf(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 2 && runs <= MAX_RUNS) return runs;
  throw usage(
    `--write ${text.slice(0, 60)} is not a whole number between 2 and ${MAX_RUNS}.`,
    'Several runs show the noise: write e.g. 5.',
  );
}
