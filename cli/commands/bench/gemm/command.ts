import { tunedChoices, type BenchContext } from '../../../../src/bench/context';
import {
  copyBandwidth,
  GEMM_ROWS,
  GEMM_SIZES,
  runGemm,
  SHORT_GEMM_ROWS,
  SHORT_GEMM_SIZES,
  type GemmRow,
} from '../../../../src/bench/gemm';
import { adapterLine } from '../../../../src/bench/report';
import { DEFAULT_RUNNER } from '../../../../src/bench/runner';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { peerOrSentence } from '../../../../src/platform/node/peer';
import { runCommand } from '../../../shared/command';
import { writeBenchmark } from '../report';
import { GEMM_HELP, parseGemm, type GemmRequest } from './options';
import { copyText, gemmText, REDUCED_SET_NOTE } from './report';

/** Runs `npm run bench -- gemm`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: GEMM_HELP, parse: parseGemm, execute: bench }, args);
}

async function bench(request: GemmRequest, signal: AbortSignal): Promise<number> {
  const { gpu, runtime } = await nodeGpuLab(request.adapter);
  const peer = request.peer ? await peerOrSentence() : undefined;
  process.stdout.write(`${adapterLine(gpu, peer)}\n\n`);
  const timer = peer ? 'wall-clock' : 'timestamp';
  const context: BenchContext = {
    ...tunedChoices(gpu, signal),
    ...{ gpu, peer, timer, tokens: 0, images: 0, peerForwardFlops: 0 },
  };
  const { software } = gpu.info;
  const runner = { ...DEFAULT_RUNNER, secondsPerCase: request.seconds, softwareAdapter: software };
  const { rows, sizes } = chosenSizes(request, software);
  const copy = await copyBandwidth(context, runner, signal);
  if (copy) process.stdout.write(copyText(copy.median));
  const all: GemmRow[] = [];
  for (const n of sizes)
    for (const m of rows) {
      all.push(...(await runGemm(context, [m, n, n], { runner, copyGBs: copy?.median }, signal)));
      process.stderr.write(`${m}×${n}×${n}\n`);
    }
  process.stdout.write(gemmText(all));
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
  if (software && !(rows && sizes)) process.stdout.write(REDUCED_SET_NOTE);
  return {
    rows: rows ?? (software ? SHORT_GEMM_ROWS : GEMM_ROWS),
    sizes: sizes ?? (software ? SHORT_GEMM_SIZES : GEMM_SIZES),
  };
}
