import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../../../src/base/errors';
import { runBenchmark } from '../../../../src/bench/benchmark';
import { adapterKind, checkRatios, storedRatios, type StoredRatio } from '../../../../src/bench/regression';
import { adapterLine } from '../../../../src/bench/report';
import type { BenchResult } from '../../../../src/bench/types';
import { adapterName, type GpuLab } from '../../../../src/lab/lab';
import { nodeGpuLab } from '../../../../src/platform/node/lab';
import { nodePeer } from '../../../../src/platform/node/peer';
import { projectFolder } from '../../../../src/platform/node/paths';
import { runCommand } from '../../../shared/command';
import { writeBenchmark } from '../report';
import { BENCH_CHECK_HELP, parseRatioCheck, type RatioCheckRequest } from './options';
import { checkTable } from './report';

/** Runs `npm run bench -- --check`. @returns the exit code */
export function main(args: readonly string[]): Promise<number> {
  return runCommand({ help: BENCH_CHECK_HELP, parse: parseRatioCheck, execute: check }, args);
}

async function check(request: RatioCheckRequest, signal: AbortSignal): Promise<number> {
  const lab = await nodeGpuLab(request.adapter);
  const kind = adapterKind(lab.gpu.info);
  const path = request.stored ?? join(projectFolder(), 'docs/measurements', `check-${kind}.json`);
  if (request.write) return write(lab, path, request, signal);
  const stored = await readStored(path, kind);
  process.stdout.write(`${adapterLine(lab.gpu)}\n\n`);
  const checks = checkRatios(await timed(lab, request, signal), stored);
  process.stdout.write(checkTable(checks));
  return checks.every(({ outcome }) => outcome === 'ok') ? 0 : 1;
}

async function timed(
  lab: GpuLab,
  { secondsPerCase }: RatioCheckRequest,
  signal: AbortSignal,
): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  const options = { kinds: ['matmul'], models: [], short: true, secondsPerCase, peer: nodePeer } as const;
  for await (const { result, done, total } of runBenchmark(lab, options, signal)) {
    process.stderr.write(`${done}/${total} ${result.name} ${result.shape}\n`);
    results.push(result);
  }
  return results;
}

async function write(
  lab: GpuLab,
  path: string,
  request: RatioCheckRequest,
  signal: AbortSignal,
): Promise<number> {
  const runs: BenchResult[][] = [];
  for (let run = 0; run < request.write!; run++) runs.push(await timed(lab, request, signal));
  const { gpu, runtime } = lab;
  await writeBenchmark(path, {
    schema: 'bitcurve.bench-check/1',
    kind: adapterKind(gpu.info),
    ...{ adapter: adapterName(gpu), runtime, runs: runs.length },
    rows: storedRatios(runs),
  });
  return 0;
}

async function readStored(path: string, kind: string): Promise<StoredRatio[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new LabError(
      'bad-input',
      `There are no stored ratios for adapters of the kind "${kind}": ${path} cannot be read.`,
      'Store them on an idle machine: npm run bench -- --check --write 5.',
      cause,
    );
  });
  return (JSON.parse(text) as { rows: StoredRatio[] }).rows;
}
