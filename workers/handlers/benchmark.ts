import { runBenchmark } from '../../src/bench/benchmark';
import { webPeer } from '../../src/platform/browser/peer';
import { benchRow, type BenchRow } from '../../src/bench/report';
import type { LabHandler } from './context';

/** Sampling time of one case in the page, for both sides together. */
const SECONDS_PER_CASE = 3;
const MODEL = 'stories260K';

/**
 * The page's benchmark: matmul, attention and the smallest model's forward pass against onnxruntime-web on the same device,
 * each verified before it is timed. After each case it reports the share that is done and what was timed.
 */
export const handleBenchmark: LabHandler<'benchmark'> = async (_, { lab, signal, report }) => {
  const started = performance.now();
  const options = {
    kinds: ['matmul', 'attention', 'forward'] as const,
    models: [MODEL],
    secondsPerCase: SECONDS_PER_CASE,
    short: lab.gpu.info.software,
    peer: () => webPeer(lab.gpu),
  };
  const rows: BenchRow[] = [];
  for await (const { result, done, total } of runBenchmark(lab, options, signal)) {
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
