import { grouped, signed } from '../../../src/base/format';
import { markdownTable, type TableColumn } from '../../../src/base/markdown';
import { reasonText } from '../../../src/lab/decide/text';
import { checkLimits } from '../../../src/lab/results/limits';
import { fileBytes, type LabRecord } from '../../../src/lab/results/record';
import type { CodecChange, RunComparison } from '../../../src/lab/results/runComparison';
import {
  changedCodec,
  changeText,
  comparisonNotes,
  comparisonSummary,
  isChange,
} from '../../../src/lab/results/runComparisonText';
import type { CompareRequest } from './options';

const COLUMNS: readonly TableColumn<CodecChange>[] = [
  ['Model', ({ after }) => after.model.id, 'left'],
  ['Codec', ({ after }) => changedCodec(after), 'left'],
  ['Bytes', ({ after }) => grouped(fileBytes(after))],
  ['Δ bytes', ({ bytes }) => signed(bytes, 0)],
  ['Δ quality [95 %]', changeText],
  ['Outcome', ({ outcome }) => outcome, 'left'],
];

/** Writes the comparison of two runs: a table of the changes, what could not be compared, and a summary in one sentence. */
export function comparisonText(found: RunComparison, show: CompareRequest['show']): string {
  const rows = found.changes.filter((change) => show === 'all' || isChange(change));
  const table = rows.length > 0 ? [markdownTable(COLUMNS, rows)] : [];
  return `${[...table, ...comparisonNotes(found), comparisonSummary(found)].join('\n')}\n`;
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

/** Says of each codec of the later run that does not hold the limit why, a sentence each. */
export function overLimit({ changes, incomparable, onlyAfter }: RunComparison, increase: number): string[] {
  const later: LabRecord[] = [...changes, ...incomparable].map(({ after }) => after).concat(onlyAfter);
  const checked = later
    .filter(({ role }) => role === 'codec')
    .map((record) => ({ record, report: checkLimits(record, { increase }) }));
  return checked
    .filter(({ report }) => report.outcome !== 'holds')
    .map((each) => `${each.record.model.id}, ${each.record.codec.spec}: ${reasonText(each)}.`);
}
