import { grouped, signed, withInterval } from '../../../src/base/format';
import { DASH, markdownTable, type TableColumn } from '../../../src/base/markdown';
import { MIN_CLUSTERS } from '../../../src/lab/results/comparison';
import { fileBytes, type LabRecord } from '../../../src/lab/results/record';
import type { CodecChange, RunComparison } from '../../../src/lab/results/runComparison';
import type { CompareRequest } from './options';

const COLUMNS: readonly TableColumn<CodecChange>[] = [
  ['Model', ({ after }) => after.model.id, 'left'],
  ['Codec', ({ after }) => nameOf(after), 'left'],
  ['Bytes', ({ after }) => grouped(fileBytes(after))],
  ['Δ bytes', ({ bytes }) => signed(bytes, 0)],
  ['Δ quality [95 %]', qualityText],
  ['Outcome', ({ outcome }) => outcome, 'left'],
];

/** Writes the comparison of two runs: a table of the changes, what could not be compared, and a summary in one sentence. */
export function comparisonText(found: RunComparison, show: CompareRequest['show']): string {
  const rows = found.changes.filter((change) => show === 'all' || isChange(change));
  const notes = [
    ...found.incomparable.map(
      ({ after, differs }) =>
        `${after.model.id}, ${nameOf(after)}: not comparable, since ${differs} differs.`,
    ),
    ...found.onlyBefore.map((record) => `${record.model.id}, ${nameOf(record)}: only in the earlier run.`),
    ...found.onlyAfter.map((record) => `${record.model.id}, ${nameOf(record)}: only in the later run.`),
  ];
  const table = rows.length > 0 ? [markdownTable(COLUMNS, rows)] : [];
  return `${[...table, ...notes, summary(found)].join('\n')}\n`;
}

/** Whether the comparison fails under `--fail-on`. What was not measured again in the same way cannot pass. */
export function fails(
  { changes, incomparable, onlyBefore }: RunComparison,
  on: CompareRequest['failOn'],
): boolean {
  if (on === 'nothing') return false;
  if (incomparable.length + onlyBefore.length > 0) return true;
  return changes.some((change) => (on === 'worse' ? change.outcome === 'worse' : isChange(change)));
}

function isChange({ outcome, bytes }: CodecChange): boolean {
  return outcome === 'better' || outcome === 'worse' || bytes !== 0;
}

function nameOf({ codec, role }: LabRecord): string {
  return role === 'opponent' ? `${codec.spec} (opponent)` : codec.spec;
}

/** Formats the change of the quality: "+2.2 % [+1.5, +2.9]", of images in points. */
function qualityText({ outcome, change, ci95, after }: CodecChange): string {
  if (outcome === 'equal') return DASH;
  const { value, interval } = withInterval(change, ci95);
  return `${value} ${after.quality.task === 'perplexity' ? '%' : 'points'} ${interval}`;
}

function summary({ changes }: RunComparison): string {
  const count = (outcome: CodecChange['outcome']) =>
    changes.filter((change) => change.outcome === outcome).length;
  const sizes = changes.filter(({ bytes }) => bytes !== 0).length;
  const few = changes.filter((change) => change.few).length;
  const undecided =
    few > 0
      ? ` Of those within the noise ${few} have fewer than ${MIN_CLUSTERS} windows, too few to decide.`
      : '';
  return (
    `Codecs in both runs: ${grouped(changes.length)}. Significantly worse: ${count('worse')}, better: ${count('better')}, ` +
    `equal: ${count('equal')}, within the noise: ${count('unsure')}, of another size: ${sizes}.${undecided}`
  );
}
