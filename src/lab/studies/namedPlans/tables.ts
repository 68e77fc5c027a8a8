import { fixed, significant } from '../../../base/format';
import { cellText, DASH } from '../../../base/markdown';
import { formatCodec, parseCodec } from '../../../codecs/contract/spec';
import { verdictText } from '../../results/export';
import { deltaText } from '../../results/recordText';
import type { LabRecord } from '../../results/record';
import { verdictAgainst } from '../../results/verdict';
import type { Results } from './definition';

/** Change in per cent from which it is written as a power of ten. The output of such a model is noise. */
const DESTROYED = 1e4;

/** One row of a comparison: a codec and its record. */
export interface ComparedCodec {
  /** As the plan's author wrote it. */
  codec: string;
  record?: LabRecord;
  /** Why there is no record. */
  failure?: string;
}

/** Finds the record of a codec on one model. */
export function comparedCodec(codec: string, model: string, { records, failures }: Results): ComparedCodec {
  const spec = formatCodec(parseCodec(codec));
  const record = records.find((r) => r.codec.spec === spec && r.model.id === model && r.role !== 'baseline');
  const failure = failures.get(spec);
  return { codec: spec, ...(record && { record }), ...(failure !== undefined && { failure }) };
}

/** Lists the models with records, in the order they were run. */
export function modelsOf({ records }: Results): LabRecord['model'][] {
  return [...new Map(records.map(({ model }) => [model.id, model])).values()];
}

/** Makes the text of a plan from a section for each model, in the order they were run. */
export function modelSections(
  section: (model: string, results: Results) => string,
): (results: Results) => string {
  return (results) =>
    modelsOf(results)
      .map(({ id }) => section(id, results))
      .join('\n');
}

/** Describes a measurement: "stories260K on tinystories (32 windows of 128 tokens; scope linear, rest float16)". */
export function measurementTitle(model: string, { records }: Results): string {
  const { quality, scope, rest } = records.find((r) => r.model.id === model)!;
  const sample =
    quality.task === 'perplexity'
      ? `${quality.windows ?? '?'} windows of ${quality.context ?? '?'} tokens`
      : `${quality.images ?? '?'} images`;
  return `${model} on ${quality.dataset} (${sample}; scope ${scope}, rest ${rest})`;
}

export function codecCell({ codec }: ComparedCodec): string {
  return `\`${codec}\``;
}

/** Makes a cell from a row's record, or a dash if it has none. */
export function ours(cell: (record: LabRecord) => string): (row: ComparedCodec) => string {
  return ({ record }) => (record ? cell(record) : DASH);
}

export const codedBitsCell = ours(({ size }) => fixed(size.bitsPerCodedWeight, 2));
/** The ratio to float32 of the coded matrices alone, as papers and projects print it. */
export const codedRatioCell = ours(({ size }) => ratio(32 / size.bitsPerCodedWeight));
export const fileRatioCell = ours(({ size }) => ratio(size.ratioFloat32));
export const changeCell = ours((record) =>
  Math.abs(record.quality.deltaPercent) < DESTROYED ? deltaText(record) : destroyedText(record),
);
export const weightErrorCell = ours(({ error }) => (error ? significant(error.relativeL2) : DASH));
export const verdictCell = ours((record) => (record.verdict ? verdictText(record.verdict) : DASH));

/** Formats a change as powers of ten: "+4.2e7 [+3.5e7, +5.0e7]". */
function destroyedText({ quality: { deltaPercent, deltaPercentCi95 } }: LabRecord): string {
  const [value, low, high] = [deltaPercent, ...deltaPercentCi95].map((x) =>
    `+${x.toExponential(1)}`.replace('e+', 'e'),
  );
  return `${value} [${low}, ${high}]`;
}

export function ratio(value: number): string {
  return `${significant(value)}×`;
}

/**
 * Formats the verdict against another codec of the plan, paired over the same windows, with the draws of calibrated
 * codecs in the interval.
 */
export function against({ record }: ComparedCodec, other: ComparedCodec): string {
  if (!record || !other.record) return DASH;
  const compared = verdictAgainst(record, other.record).verdict;
  return compared ? verdictText(compared) : DASH;
}

/** Joins what went wrong with a row, if anything, and its note. */
export function noteCell({ record, failure }: ComparedCodec, note?: string): string {
  const happened = failure?.replace(/\.$/, '') ?? (record ? undefined : 'not measured in this run');
  return (
    [happened, note]
      .filter((text) => text !== undefined)
      .map(cellText)
      .join('; ') || DASH
  );
}
