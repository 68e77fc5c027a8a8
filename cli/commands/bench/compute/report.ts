import { fixed, significant } from '../../../../src/base/format';
import { markdownTable } from '../../../../src/base/markdown';
import type { Summary } from '../../../../src/evaluate/statistics/summary';

/** One plan, run on both sides. */
export interface ComputeRow {
  model: string;
  /** Codecs of the plan, without baseline and opponents. */
  codecs: number;
  gpuSeconds: Summary;
  cpuSeconds: Summary;
  /** Seconds on the adapter ÷ seconds on the CPU, round by round. */
  speedup: Summary;
  /** The same of the baseline's forward pass alone. */
  forwardSpeedup: Summary;
  /** Largest difference between mean losses, in nats per token or image. */
  lossDifference: number;
}

/** Returns the results as a Markdown table. */
export function computeTable(rows: readonly ComputeRow[]): string {
  return markdownTable(
    [
      ['Model', ({ model }) => model, 'left'],
      ['Codecs', ({ codecs }) => String(codecs)],
      ['Adapter s', ({ gpuSeconds }) => significant(gpuSeconds.median)],
      ['CPU s', ({ cpuSeconds }) => significant(cpuSeconds.median)],
      ['Whole plan, adapter ÷ CPU', ({ speedup }) => interval(speedup)],
      ['Forward pass, adapter ÷ CPU', ({ forwardSpeedup }) => interval(forwardSpeedup)],
      ['Largest difference of a mean loss, nats', ({ lossDifference }) => significant(lossDifference)],
    ],
    rows,
  );
}

function interval({ median, ci95 }: Summary): string {
  const [low, high] = ci95.map((value) => fixed(value, 2));
  return `${fixed(median, 2)} [${low}, ${high}]`;
}
