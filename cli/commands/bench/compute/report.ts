import { fixed, grouped, significant } from '../../../../src/base/format';
import { markdownTable } from '../../../../src/base/markdown';
import type { CpuPeerComparison } from '../../../../src/lab/studies/cpuPeers';
import type { ComputeComparison } from '../../../../src/lab/studies/computeComparison';

/** Returns the results as a Markdown table. */
export function computeTable(rows: readonly ComputeComparison[]): string {
  return markdownTable(
    [
      ['Model', ({ model }) => model, 'left'],
      ['Codecs', ({ codecs }) => String(codecs)],
      ['Adapter s', ({ gpuSeconds }) => significant(gpuSeconds.median)],
      ['CPU s', ({ cpuSeconds }) => significant(cpuSeconds.median)],
      ['Whole plan, adapter ÷ CPU', ({ speedup }) => interval(speedup)],
      ['Forward pass, adapter ÷ CPU', ({ forwardSpeedup }) => interval(forwardSpeedup)],
      ['Estimate ÷ time, adapter', ({ gpuEstimate }) => interval(gpuEstimate)],
      ['Estimate ÷ time, CPU', ({ cpuEstimate }) => interval(cpuEstimate)],
      ['Largest difference of a mean loss, nats', ({ lossDifference }) => significant(lossDifference)],
    ],
    rows,
  );
}

/** Returns the comparison of perplexity on the CPU as a Markdown table. */
export function cpuPeerTable(rows: readonly CpuPeerComparison[]): string {
  return markdownTable(
    [
      ['Model', ({ model }) => model, 'left'],
      ['Tokens', ({ tokens }) => grouped(tokens)],
      ['Threads', ({ threads }) => String(threads)],
      ['Perplexity, tokens/s', ({ rate }) => grouped(Math.round(rate.median))],
      ['llama.cpp, tokens/s', ({ peerRate }) => grouped(Math.round(peerRate.median))],
      ['Ratio', ({ toPeer }) => interval(toPeer)],
      ['Matrix products alone, tokens/s', ({ matmulRate }) => grouped(Math.round(matmulRate.median))],
      ['Ratio', ({ toMatmuls }) => interval(toMatmuls)],
      ['Difference of the mean loss, nats', ({ lossDifference }) => significant(lossDifference)],
    ],
    rows,
  );
}

function interval({ median, ci95 }: ComputeComparison['speedup']): string {
  const [low, high] = ci95.map((value) => fixed(value, 2));
  return `${fixed(median, 2)} [${low}, ${high}]`;
}
