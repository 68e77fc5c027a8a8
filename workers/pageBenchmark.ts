import { runBenchmark } from '../src/bench/benchmark';
import { webPeer } from '../src/bench/peer/web';
import { benchRow, type BenchRow } from '../src/bench/report';
import type { Lab } from '../src/lab/lab';

/** Time for the samples of one case in the page, both sides together. */
const SECONDS_PER_CASE = 3;
const MODEL = 'stories260K';

/**
 * The page's benchmark: matmul, attention and the smallest model's forward pass against onnxruntime-web on the same device,
 * each verified before it is timed.
 */
export async function pageBenchmark(lab: Lab, signal: AbortSignal): Promise<BenchRow[]> {
  const options = {
    kinds: ['matmul', 'attention', 'forward'] as const,
    models: [MODEL],
    secondsPerCase: SECONDS_PER_CASE,
    short: lab.gpu.info.software,
    peer: () => webPeer(lab.gpu),
  };
  const rows: BenchRow[] = [];
  for await (const { result } of runBenchmark(lab, options, signal)) rows.push(benchRow(result));
  return rows;
}
