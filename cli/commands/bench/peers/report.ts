import { fixed, significant } from '../../../../src/base/format';
import { DASH, markdownTable } from '../../../../src/base/markdown';
import { targetResults, type PeerRow } from '../../../../src/bench/peers';

/** Returns the targets and what was measured as a Markdown table. */
export function peerTargetTable(rows: readonly PeerRow[]): string {
  return markdownTable(
    [
      ['Ratios of', ({ target }) => target.what, 'left'],
      ['Products', ({ products }) => String(products)],
      ['Statistic', ({ target }) => target.statistic, 'left'],
      ['Target', ({ target }) => `≥ ${target.atLeast}`],
      ['Measured', ({ value }) => fixed(value, 2)],
      ['Smallest', ({ slowest }) => `${fixed(slowest.ratio!.median, 2)} (${slowest.shape.join('×')})`],
      ['Verdict', ({ reached }) => (reached ? 'reached' : '**missed**'), 'left'],
    ],
    targetResults(rows),
  );
}

/** Returns all products as a Markdown table. */
export function peerTable(rows: readonly PeerRow[]): string {
  return markdownTable(
    [
      ['M×K×N', ({ shape }) => shape.join('×'), 'left'],
      ['Product', ({ ours }) => ours, 'left'],
      ['GFLOP/s', ({ ourRate }) => rate(ourRate)],
      ['Compared with', ({ to }) => to, 'left'],
      ['GFLOP/s', ({ otherRate }) => rate(otherRate)],
      ['Ratio', ({ ratio }) => (ratio ? interval(ratio) : DASH)],
    ],
    rows,
  );
}

function rate(gigaflops: number | null): string {
  return gigaflops === null ? DASH : significant(gigaflops);
}

function interval({ median, ci95 }: NonNullable<PeerRow['ratio']>): string {
  return `${fixed(median, 2)} [${ci95.map((end) => fixed(end, 2)).join(', ')}]`;
}
