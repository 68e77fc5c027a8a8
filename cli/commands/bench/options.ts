import { BENCH_KINDS, type BenchKind } from '../../../src/bench/benchmark';
import { EMBEDDED_MODELS } from '../../../src/lab/plan/presets';
import { writeWhole } from '../../../src/platform/node/writeFile';
import { oneOf, optionsHelp, readArguments, usage, type OptionTable } from '../../shared/options';
import { userPath } from '../../../src/platform/node/paths';
import { CLI_WORLD } from '../../shared/world';

const MAX_SECONDS = 3600;

const OPTIONS: OptionTable = {
  model: {
    value: 'NAME',
    help: 'embedded model or folder in hub layout, for forward (repeatable; default: the embedded models)',
    repeatable: true,
  },
  adapter: { value: 'NAME', help: 'auto, software, or part of an adapter’s name (default: auto)' },
  peer: { value: 'on|off', help: 'time ONNX Runtime’s WebGPU provider too (default: on)' },
  seconds: { value: 'N', help: 'longest sampling time of one case (default: 4)' },
  out: { value: 'FILE', help: 'also write every sample as JSON' },
};

export const BENCH_HELP = `Usage: npm run bench -- [${BENCH_KINDS.join('|')}|all] [options]

Verifies our kernels against float64, then times them side by side with ONNX Runtime on the same adapter. A kernel that does
not verify is listed as FAIL and not timed; the exit code is 1 then.
\`npm run bench -- gptq\` times calibrated encoding instead: see its own --help.
\`npm run bench -- gemm\` times products with ternary weights: see its own --help.
\`npm run bench -- large\` measures time and memory of compressing large models: see its own --help.

${optionsHelp(OPTIONS)}`;

export interface BenchRequest {
  kinds: readonly BenchKind[];
  models: readonly string[];
  peer: boolean;
  adapter?: string;
  secondsPerCase?: number;
  out?: string;
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseBench(args: readonly string[]): BenchRequest {
  const [first] = args;
  const what = first && !first.startsWith('-') ? first : undefined;
  const given = readArguments(what === undefined ? args : args.slice(1), OPTIONS);
  const one = (name: string) => given.values.get(name)?.[0];
  const [seconds, out] = [one('seconds'), one('out')];
  return {
    kinds: kindsOf(what ?? 'all'),
    models: (given.values.get('model') ?? [...EMBEDDED_MODELS.keys()]).map(
      (name) => CLI_WORLD.model(name).id,
    ),
    peer: oneOf(given, 'peer', ['on', 'off'], 'on') === 'on',
    adapter: one('adapter'),
    ...(seconds !== undefined && { secondsPerCase: samplingSeconds(seconds) }),
    ...(out !== undefined && { out: userPath(out) }),
  };
}

function kindsOf(what: string): BenchKind[] {
  const kinds = BENCH_KINDS.filter((kind) => what === 'all' || what === kind);
  if (kinds.length > 0) return kinds;
  throw usage(
    `There is no benchmark "${what.slice(0, 60)}".`,
    `Choose ${BENCH_KINDS.join(', ')}, all, gptq, gemm or large.`,
  );
}

/**
 * The value of --seconds.
 * @throws LabError bad-plan
 */
export function samplingSeconds(value: string): number {
  const seconds = Number(value);
  if (seconds > 0 && seconds <= MAX_SECONDS) return seconds;
  throw usage(
    `--seconds ${value.slice(0, 60)} is not a number over 0, up to ${MAX_SECONDS}.`,
    'Write e.g. 4.',
  );
}

/** What a benchmark writes with --out. @throws LabError storage */
export function writeBenchmark(path: string, record: object): Promise<void> {
  return writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
}
