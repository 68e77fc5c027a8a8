import { runBenchmark } from '../../src/bench/benchmark';
import { requireGpu } from '../../src/lab/lab';
import { webPeer } from '../../src/platform/browser/peer';
import { benchRow, type BenchRow } from '../../src/bench/report';
import type { LabHandler } from './context';

/**
 * Sampling time of one case in seconds, for both implementations together. On a software adapter a minute of it would say no more about
 * the device than some seconds.
 */
const SECONDS_PER_CASE = { hardware: 3, software: 0.3 };
const MODEL = 'stories260K';

/**
 * Benchmarks matmul, attention and the forward pass of the smallest model against onnxruntime-web on the same device. Each kernel is
 * verified before it is timed. Progress is reported after each case.
 */
export const handleBenchmark: LabHandler<'benchmark'> = async (_, { openLab, signal, report }) => {
  const started = performance.now();
  const lab = await openLab();
  const gpu = requireGpu(lab, 'A benchmark of the GPU');
  const { software } = gpu.info;
  const options = {
    kinds: ['matmul', 'attention', 'forward'] as const,
    models: [MODEL],
    secondsPerCase: software ? SECONDS_PER_CASE.software : SECONDS_PER_CASE.hardware,
    short: software,
    peer: () => webPeer(gpu),
  };
  const rows: BenchRow[] = [];
  for await (const { result, done, total } of runBenchmark({ ...lab, gpu }, options, signal)) {
    rows.push(benchRow(result));
    const elapsedMs = performance.now() - started;
    report({
      fraction: done / total,
      step: `${done} of ${total}: ${rows.at(-1)!.name}`,
      elapsedMs,
      remainingMs: (elapsedMs / done) * (total - done),
    });
  }
  return rows;
};
