import { runBenchmark } from '../../../../src/bench/benchmark';
import { adapterLine, benchRecord, benchTable, targetLines } from '../../../../src/bench/report';
import type { BenchResult } from '../../../../src/bench/types';
import { writeBenchmark } from '../report';
import { KERNELS_HELP, parseKernels, type KernelsRequest } from './options';
import { runCommand } from '../../../shared/command';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { peerOrSentence } from '../../../../src/platform/node/peer';

/**
 * Runs `npm run bench -- matmul|attention|forward|all`: verifies and times kernels and prints a Markdown table.
 * @returns the exit code
 */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: KERNELS_HELP, parse: parseKernels, execute: bench }, args);
}

async function bench(request: KernelsRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeGpuLab(request.adapter);
  const { gpu, runtime } = lab;
  const peer = request.peer ? await peerOrSentence() : undefined;
  process.stdout.write(`${adapterLine(gpu, peer)}\n\n`);
  const results: BenchResult[] = [];
  const options = { ...request, peer: peer && (async () => peer) };
  for await (const { result, done, total } of runBenchmark(lab, options, signal)) {
    process.stderr.write(`${done}/${total} ${result.name} ${result.shape}\n`);
    results.push(result);
  }
  process.stdout.write(`${benchTable(results)}\n`);
  for (const line of targetLines(results)) process.stdout.write(`\n${line}\n`);
  if (request.out) await writeBenchmark(request.out, benchRecord({ gpu, peer, runtime, results }));
  return results.every(({ ours }) => ours.verdict.ok) ? 0 : 1;
}
