import { GEMM_ROWS, GEMM_SIZES } from '../../../../src/bench/gemm';
import { ADAPTER, optionsHelp, readArguments, usage, type OptionTable } from '../../../shared/options';
import { PEER, samplingSeconds } from '../options';

const MAX_SIZE = 16_384;

const OPTIONS: OptionTable = {
  rows: {
    value: 'LIST',
    help: `numbers of input rows, M (default: ${GEMM_ROWS.join(',')}; fewer on software adapters)`,
  },
  sizes: {
    value: 'LIST',
    help: `sizes of the weight matrix, N = K (default: ${GEMM_SIZES.join(',')}; fewer on software adapters)`,
  },
  adapter: ADAPTER,
  peer: PEER,
  seconds: {
    value: 'N',
    help: 'maximum sampling time of one product in seconds, all implementations together (default: 8)',
  },
  out: { value: 'FILE', help: 'also write every sample as JSON' },
};

export const GEMM_HELP = `Usage: npm run bench -- gemm [options]

Times products of ternary weights with float32, float16, int8 and ternary inputs, beside our float32 product and ONNX
Runtime's float32 and MatMulNBits (4 and 2 bit). Each implementation is verified against float64 first. One that fails is
listed as FAIL and not timed; the exit code is 1 if it is ours.

${optionsHelp(OPTIONS)}`;

export interface GemmRequest {
  rows?: readonly number[];
  sizes?: readonly number[];
  peer: boolean;
  adapter?: string;
  seconds: number;
  out?: string;
}

/** Parses the arguments of `npm run bench -- gemm`. @throws LabError bad-plan for every invalid option */
export function parseGemm(args: readonly string[]): GemmRequest {
  const given = readArguments(args, OPTIONS);
  return {
    rows: listOf('rows', given.value('rows')),
    sizes: listOf('sizes', given.value('sizes')),
    peer: given.oneOf('peer', ['on', 'off'], 'on') === 'on',
    adapter: given.value('adapter'),
    seconds: samplingSeconds(given.value('seconds') ?? '8'),
    out: given.path('out'),
  };
}

function listOf(name: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  const numbers = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
  if (numbers.every((n) => n >= 1 && n <= MAX_SIZE)) return numbers;
  throw usage(
    `--${name} ${text.slice(0, 60)} is not a list of numbers from 1 to ${MAX_SIZE}.`,
    'Write e.g. 1,256.',
  );
}
