import { fixed, significant } from '../../../../src/base/format';
import { DASH, markdownTable } from '../../../../src/base/markdown';
import { MODEL_PEER_TARGETS, type ModelPeerRow } from '../../../../src/bench/modelPeers';
import { targetResults, type PeerRow } from '../../../../src/bench/peers';

/** The results of one or several runs. */
export interface PeerResults {
  rows: readonly PeerRow[];
  models: readonly ModelPeerRow[];
}

/** Returns all tables that have rows: targets, whole models, products. */
export function peersText({ rows, models }: PeerResults): string {
  return [
    ...(rows.length > 0 ? [peerTargetTable(rows)] : []),
    ...(models.length > 0 ? [modelPeerTable(models)] : []),
    ...(rows.length > 0 ? [peerTable(rows)] : []),
  ].join('\n');
}

/** Returns the targets and what was measured as a Markdown table. */
function peerTargetTable(rows: readonly PeerRow[]): string {
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
function peerTable(rows: readonly PeerRow[]): string {
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

/** Returns whole models as a Markdown table. */
function modelPeerTable(rows: readonly ModelPeerRow[]): string {
  const verdict = ({ kind, ratio }: ModelPeerRow) => {
    if (!ratio) return DASH;
    return ratio.median >= MODEL_PEER_TARGETS[kind] ? 'reached' : '**missed**';
  };
  return markdownTable(
    [
      ['Model', ({ model }) => model, 'left'],
      ['Pass', ({ kind, shape }) => `${kind}, ${shape}`, 'left'],
      ['Ours', ({ ourRate, unit }) => `${rate(ourRate)} ${unit}`],
      ['Compared with', ({ to }) => to, 'left'],
      ['Theirs', ({ otherRate, unit }) => `${rate(otherRate)} ${unit}`],
      ['Ratio', ({ ratio }) => (ratio ? interval(ratio) : DASH)],
      ['Target', ({ kind }) => `≥ ${MODEL_PEER_TARGETS[kind]}`],
      ['Verdict', verdict, 'left'],
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
