import { fixed, significant } from '../../../../src/base/format';
import { markdownTable } from '../../../../src/base/markdown';
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

function interval({ median, ci95 }: ComputeComparison['speedup']): string {
  const [low, high] = ci95.map((value) => fixed(value, 2));
  return `${fixed(median, 2)} [${low}, ${high}]`;
}
