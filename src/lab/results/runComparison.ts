import type { Interval } from '../../evaluate/statistics/proportions';
import { SCORING } from './cohort';
import { fileBytes, type LabRecord } from './record';
import { compareRecords } from './verdict';

/** One codec of one model, measured in two runs. */
export interface CodecChange {
  before: LabRecord;
  after: LabRecord;
  /** `equal`: the loss of every window, or the answer for every image, is the same. */
  outcome: 'better' | 'worse' | 'unsure' | 'equal';
  /** Whether there are too few windows for another outcome than `unsure`. */
  few: boolean;
  /** Perplexity: per cent of the earlier one. Images: points of accuracy, so that a positive number is a gain. */
  change: number;
  ci95: Interval;
  /** File bytes later − earlier. */
  bytes: number;
}

/** A codec of both runs that was not measured in the same way. */
interface Incomparable {
  before: LabRecord;
  after: LabRecord;
  /** What differs: "the data set". */
  differs: string;
}

/** What two runs have in common, and what only one of them has. */
export interface RunComparison {
  changes: CodecChange[];
  incomparable: Incomparable[];
  onlyBefore: LabRecord[];
  onlyAfter: LabRecord[];
}

/** What must be equal, so that two records are about the same windows or images. */
const MEASUREMENT: readonly (readonly [what: string, of: (record: LabRecord) => unknown])[] = [
  ...SCORING.map(([what, of]) => [what, ({ quality }: LabRecord) => of(quality)] as const),
  ['the tokenizer', ({ quality }) => quality.tokenizerSha256],
  ['the number of windows or images', ({ samples }) => samples.map(sizeOf).join()],
];

/**
 * Compares two runs codec by codec, on the windows or images that both measured (paired). Codecs are the same if model, role,
 * specification, scope and rest are. Of several records of a codec, measured in the same way, the newest counts.
 */
export function compareRuns(before: readonly LabRecord[], after: readonly LabRecord[]): RunComparison {
  const [earlier, later] = [newestOfEach(before), newestOfEach(after)];
  const found: RunComparison = { changes: [], incomparable: [], onlyBefore: [], onlyAfter: [] };
  for (const [key, record] of earlier) {
    const other = later.get(key);
    if (other) found.changes.push(changeOf(record, other));
  }
  const rest = new Set([...later].flatMap(([key, record]) => (earlier.has(key) ? [] : [record])));
  for (const [key, record] of earlier) {
    if (later.has(key)) continue;
    const other = [...rest].find((each) => identity(each) === identity(record));
    if (!other) {
      found.onlyBefore.push(record);
      continue;
    }
    rest.delete(other);
    const [differs] = MEASUREMENT.find(([, of]) => of(record) !== of(other))!;
    found.incomparable.push({ before: record, after: other, differs });
  }
  found.onlyAfter.push(...rest);
  return found;
}

/** Returns the newest record of each codec and measurement. */
function newestOfEach(records: readonly LabRecord[]): ReadonlyMap<string, LabRecord> {
  const ordered = [...records].sort((a, b) => a.startedAt.localeCompare(b.startedAt));
  const key = (record: LabRecord) =>
    JSON.stringify([identity(record), ...MEASUREMENT.map(([, of]) => of(record))]);
  return new Map(ordered.map((record) => [key(record), record]));
}

function identity({ model, role, codec, scope, rest, training }: LabRecord): string {
  return JSON.stringify([model.id, role, codec.spec, scope, rest, training?.kind, training?.steps]);
}

function sizeOf(sample: LabRecord['samples'][number]): number {
  return 'tokens' in sample ? sample.tokens : sample.images;
}

function changeOf(before: LabRecord, after: LabRecord): CodecChange {
  const bytes = fileBytes(after) - fileBytes(before);
  const common = { before, after, bytes };
  if (losses(before) === losses(after))
    return { ...common, outcome: 'equal', few: false, change: 0, ci95: [0, 0] };
  const { outcome, difference, ci95, flags } = compareRecords(after, before);
  const few = flags.includes('few-clusters');
  const isText = after.quality.task === 'perplexity';
  const scale = (value: number) => (isText ? 100 * Math.expm1(value) : -value);
  const ends = ci95.map(scale);
  return { ...common, outcome, few, change: scale(difference), ci95: [Math.min(...ends), Math.max(...ends)] };
}

/** The losses of all windows, or the answers for all images, without those of the baseline. */
function losses({ samples }: LabRecord): string {
  return samples.map((sample) => ('tokens' in sample ? sample.nll : sample.bits)).join();
}
