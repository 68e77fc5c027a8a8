import { BENCH_KINDS, type BenchKind } from '../../../../src/bench/benchmark';
import { SWEPT_MODELS } from '../../../../src/lab/plan/presets';
import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../../shared/options';
import { CLI_PLAN_NAMES } from '../../../shared/planNames';
import { PEER, samplingSeconds } from '../options';

const OPTIONS: OptionTable = {
  model: {
    value: 'NAME',
    help: 'embedded model or folder in hub layout, for forward (repeatable; default: the embedded models)',
    repeatable: true,
  },
  adapter: ADAPTER,
  peer: PEER,
  seconds: { value: 'N', help: 'maximum sampling time of one case in seconds (default: 4)' },
  out: { value: 'FILE', help: 'also write every sample as JSON' },
};

export const KERNELS_HELP = `Usage: npm run bench -- [${BENCH_KINDS.join('|')}|all] [options]

Verifies our kernels against float64, then times them side by side with ONNX Runtime on the same adapter. A kernel that
fails verification is listed as FAIL and not timed, and the exit code is 1.
\`npm run bench -- blocks\` times the block types of llama.cpp: see its own --help.
\`npm run bench -- gptq\` times calibrated encoding instead: see its own --help.
\`npm run bench -- gemm\` times products with ternary weights: see its own --help.
\`npm run bench -- large\` measures time and memory of compressing large models: see its own --help.
\`npm run bench -- peers\` compares our products with ONNX Runtime's in the shapes of models: see its own --help.

${optionsHelp(OPTIONS)}`;

export interface KernelsRequest {
  kinds: readonly BenchKind[];
  models: readonly string[];
  peer: boolean;
  adapter?: string;
  secondsPerCase?: number;
  out?: string;
}

/** Parses the arguments of `npm run bench`. @throws LabError bad-plan for every invalid option */
export function parseKernels(args: readonly string[]): KernelsRequest {
  const [first] = args;
  const what = first && !first.startsWith('-') ? first : undefined;
  const given = readArguments(what === undefined ? args : args.slice(1), OPTIONS);
  const seconds = given.value('seconds');
  return {
    kinds: kindsOf(what ?? 'all'),
    models: (given.values.get('model') ?? [...SWEPT_MODELS.keys()]).map(
      (name) => CLI_PLAN_NAMES.model(name).id,
    ),
    peer: given.oneOf('peer', ['on', 'off'], 'on') === 'on',
    adapter: given.value('adapter'),
    secondsPerCase: seconds === undefined ? undefined : samplingSeconds(seconds),
    out: given.path('out'),
  };
}

function kindsOf(what: string): BenchKind[] {
  const kinds = BENCH_KINDS.filter((kind) => what === 'all' || what === kind);
  if (kinds.length > 0) return kinds;
  throw usage(
    `There is no benchmark "${what.slice(0, 60)}".`,
    `Choose ${BENCH_KINDS.join(', ')}, all, blocks, gptq, gemm, large or peers.`,
  );
}
