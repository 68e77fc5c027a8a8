import { grouped, withInterval } from '../../base/format';
import { DASH } from '../../base/markdown';
import { MIN_CLUSTERS } from './comparison';
import type { LabRecord } from './record';
import type { CodecChange, RunComparison } from './runComparison';

/** Whether two runs differ in a codec: in its quality by more than the noise, or in its size. */
export function isChange({ outcome, bytes }: CodecChange): boolean {
  return outcome === 'better' || outcome === 'worse' || bytes !== 0;
}

/** Names the codec of a record: "rtn(bits=4) (opponent)". */
export function changedCodec({ codec, role }: LabRecord): string {
  return role === 'opponent' ? `${codec.spec} (opponent)` : codec.spec;
}

/** Formats the change of the quality: "+2.2 % [+1.5, +2.9]", of images in points. */
export function changeText({ outcome, change, ci95, after }: CodecChange): string {
  if (outcome === 'equal') return DASH;
  const { value, interval } = withInterval(change, ci95);
  return `${value} ${after.quality.task === 'perplexity' ? '%' : 'points'} ${interval}`;
}

/** Names what two runs do not have in common, a sentence each. */
export function comparisonNotes({ incomparable, onlyBefore, onlyAfter }: RunComparison): string[] {
  const name = (record: LabRecord) => `${record.model.id}, ${changedCodec(record)}`;
  return [
    ...incomparable.map(({ after, differs }) => `${name(after)}: not comparable, since ${differs} differs.`),
    ...onlyBefore.map((record) => `${name(record)}: only in the earlier run.`),
    ...onlyAfter.map((record) => `${name(record)}: only in the later run.`),
  ];
}

/** Counts the outcomes of a comparison in one sentence. */
export function comparisonSummary({ changes }: RunComparison): string {
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
