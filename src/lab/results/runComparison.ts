import type { LabRecord } from './record';
import { fileBytes } from './record';
import type { Interval } from '../../evaluate/statistics/proportions';
import { compareRecords } from './verdict';

/** One codec of one model, measured in two runs. */
export interface CodecChange {
  before: LabRecord;
  after: LabRecord;
  /** `equal`: the loss of every window, or the answer for every image, is the same. */
  outcome: 'better' | 'worse' | 'unsure' | 'equal';
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
  ['the task', ({ quality }) => quality.task],
  ['the data set', ({ quality }) => quality.datasetSha256],
  ['the tokenizer', ({ quality }) => quality.tokenizerSha256],
  ['the protocol', ({ quality }) => quality.protocol],
  ['the context', ({ quality }) => quality.context],
  ['the stride', ({ quality }) => quality.stride],
  ['the number of windows or images', ({ samples }) => samples.map(sizeOf).join()],
];

/**
 * Compares two runs codec by codec, on the windows or images that both measured (paired). Codecs are the same if model, role,
 * specification, scope and rest are.
 */
export function compareRuns(before: readonly LabRecord[], after: readonly LabRecord[]): RunComparison {
  const later = new Map(after.map((record) => [identity(record), record]));
  const earlier = new Set(before.map(identity));
  const found: RunComparison = {
    changes: [],
    incomparable: [],
    onlyBefore: before.filter((record) => !later.has(identity(record))),
    onlyAfter: after.filter((record) => !earlier.has(identity(record))),
  };
  for (const record of new Map(before.map((each) => [identity(each), each])).values()) {
    const other = later.get(identity(record));
    if (!other) continue;
    const differs = MEASUREMENT.find(([, of]) => of(record) !== of(other))?.[0];
    if (differs) found.incomparable.push({ before: record, after: other, differs });
    else found.changes.push(changeOf(record, other));
  }
  return found;
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
  if (losses(before) === losses(after)) return { ...common, outcome: 'equal', change: 0, ci95: [0, 0] };
  const { outcome, difference, ci95 } = compareRecords(after, before);
  const isText = after.quality.task === 'perplexity';
  const scale = (value: number) => (isText ? 100 * Math.expm1(value) : -value);
  const ends = ci95.map(scale);
  return { ...common, outcome, change: scale(difference), ci95: [Math.min(...ends), Math.max(...ends)] };
}

/** The losses of all windows, or the answers for all images, without those of the baseline. */
function losses({ samples }: LabRecord): string {
  return samples.map((sample) => ('tokens' in sample ? sample.nll : sample.bits)).join();
}
