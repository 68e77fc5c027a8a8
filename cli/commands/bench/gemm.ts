import type { BenchContext } from '../../../src/bench/context';
import {
  copyBandwidth,
  GEMM_ROWS,
  GEMM_SIZES,
  gemmTable,
  runGemm,
  SHORT_GEMM_ROWS,
  SHORT_GEMM_SIZES,
  vectorLines,
  type GemmRow,
} from '../../../src/bench/gemm';
import { adapterLine } from '../../../src/bench/report';
import { DEFAULT_RUNNER } from '../../../src/bench/runner';
import { DenseTuner } from '../../../src/runtime/linear/autotune';
import { samplingSeconds, writeBenchmark } from './options';
import { runCommand } from '../../shared/command';
import { nodeLab } from '../../../src/platform/node/lab';
import { peerOrSentence } from '../../../src/platform/node/peer';
import { oneOf, optionsHelp, readArguments, usage, type OptionTable } from '../../shared/options';
import { userPath } from '../../../src/platform/node/paths';

const MOST = 16_384;

const OPTIONS: OptionTable = {
  rows: { value: 'LIST', help: `rows M of x (default: ${GEMM_ROWS.join(',')}; fewer on software adapters)` },
  sizes: { value: 'LIST', help: `N = K (default: ${GEMM_SIZES.join(',')}; fewer on software adapters)` },
  adapter: { value: 'NAME', help: 'auto, software, or part of an adapter’s name (default: auto)' },
  peer: { value: 'on|off', help: 'time ONNX Runtime’s WebGPU provider too (default: on)' },
  seconds: { value: 'N', help: 'longest sampling time of one product, all sides together (default: 8)' },
  out: { value: 'FILE', help: 'also write every sample as JSON' },
};

const GEMM_HELP = `Usage: npm run bench -- gemm [options]

Products with ternary weights: by float32, float16 and int8 rows and by ternary rows, beside our float32 product and ONNX
Runtime's float32 and MatMulNBits (4 and 2 bit). Every side is verified against float64 first; one that does not verify is
listed as FAIL and not timed, and the exit code is 1 if it is ours.

${optionsHelp(OPTIONS)}`;

export interface GemmRequest {
  rows?: readonly number[];
  sizes?: readonly number[];
  peer: boolean;
  adapter?: string;
  seconds: number;
  out?: string;
}

/** `npm run bench -- gemm`. @returns the exit code */
export function gemmMain(args: readonly string[]): Promise<number> {
  return runCommand({ help: GEMM_HELP, parse: parseGemm, execute: bench }, args);
}

/** @throws LabError bad-plan with a sentence for every wrong option */
export function parseGemm(args: readonly string[]): GemmRequest {
  const given = readArguments(args, OPTIONS);
  const one = (name: string) => given.values.get(name)?.[0];
  const [rows, sizes, out] = [one('rows'), one('sizes'), one('out')];
  return {
    ...(rows !== undefined && { rows: listOf('rows', rows) }),
    ...(sizes !== undefined && { sizes: listOf('sizes', sizes) }),
    peer: oneOf(given, 'peer', ['on', 'off'], 'on') === 'on',
    adapter: one('adapter'),
    seconds: samplingSeconds(one('seconds') ?? '8'),
    ...(out !== undefined && { out: userPath(out) }),
  };
}

function listOf(name: string, text: string): number[] {
  const numbers = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
  if (numbers.every((n) => n >= 1 && n <= MOST)) return numbers;
  throw usage(
    `--${name} ${text.slice(0, 60)} is not a list of numbers from 1 to ${MOST}.`,
    'Write e.g. 1,256.',
  );
}

async function bench(request: GemmRequest, signal: AbortSignal): Promise<number> {
  const { gpu, runtime } = await nodeLab(request.adapter);
  const peer = request.peer ? await peerOrSentence() : undefined;
  process.stdout.write(`${adapterLine(gpu, peer)}\n\n`);
  const choose = new DenseTuner(gpu, new Map(), signal).choose;
  const timer = peer ? 'wall-clock' : 'timestamp';
  const context: BenchContext = { gpu, peer, timer, choose, tokens: 0, images: 0, peerForwardFlops: 0 };
  const { software } = gpu.info;
  const runner = { ...DEFAULT_RUNNER, secondsPerCase: request.seconds, softwareAdapter: software };
  const { rows, sizes } = chosenSizes(request, software);
  const copy = await copyBandwidth(context, runner, signal);
  if (copy)
    process.stdout.write(`Copy on the device: ${copy.median.toPrecision(3)} GB/s, read and written.\n\n`);
  const all: GemmRow[] = [];
  for (const n of sizes)
    for (const m of rows) {
      all.push(...(await runGemm(context, [m, n, n], { runner, copyGBs: copy?.median }, signal)));
      process.stderr.write(`${m}×${n}×${n}\n`);
    }
  process.stdout.write(`${gemmTable(all)}\n\n${vectorLines(all).join('\n')}\n`);
  if (request.out)
    await writeBenchmark(request.out, {
      schema: 'bitcurve.gemm/1',
      runtime,
      adapter: gpu.info,
      copy,
      rows: all,
    });
  return all.some(({ name, verdict }) => !name.startsWith('ORT') && !verdict.ok) ? 1 : 0;
}

function chosenSizes({ rows, sizes }: GemmRequest, software: boolean) {
  if (software && !(rows && sizes))
    process.stdout.write(
      'This is a software adapter, whose large products take minutes: a smaller set is measured. ' +
        '--rows and --sizes choose others.\n\n',
    );
  return {
    rows: rows ?? (software ? SHORT_GEMM_ROWS : GEMM_ROWS),
    sizes: sizes ?? (software ? SHORT_GEMM_SIZES : GEMM_SIZES),
  };
}
