import { pairedProportions } from '../../../../evaluate/statistics/proportions';
import { deltaText } from '../../../results/recordText';
import { fixed, grouped, withInterval } from '../../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { lossOf } from '../../../results/limits';
import { fileBytes, type LabRecord } from '../../../results/record';
import type { Results } from '../definition';
import { fileRatioCell, modelsOf, ratio } from '../tables';
import { AIM, LOSS_LIMITS, lossOutcome } from './limit';

/** The compression ratio to reach. */
const TARGET = 10;
/** Images at the beginning of the test set that the search goes by. */
const SEEN_IMAGES = 2000;

interface Row {
  codec: string;
  development?: LabRecord;
  final?: LabRecord;
}

const OUTCOMES = { holds: 'yes', fails: 'no', unsure: 'unsure' };
const any = (cell: (record: LabRecord) => string) => (row: Row) => cell((row.final ?? row.development)!);
const part = (name: keyof LabRecord['size']['parts']) => any(({ size }) => grouped(size.parts[name]));

const COLUMNS: readonly TableColumn<Row>[] = [
  ['Codec', ({ codec }) => `\`${codec}\``, 'left'],
  ['Bytes', any((record) => grouped(fileBytes(record)))],
  ['÷ float32', (row) => fileRatioCell({ codec: row.codec, record: row.final ?? row.development })],
  ['Bits/weight', any(({ size }) => fixed(size.bitsPerWeight, 2))],
  ['Development Δ [95 %]', ({ development }) => (development ? deltaText(development) : DASH)],
  ['Final Δ [95 %]', ({ final }) => (final ? deltaText(final) : DASH)],
  ['Holds', ({ final }) => (final ? OUTCOMES[lossOutcome(final)] : 'not measured')],
  ['Codes', part('codes')],
  ['Scales', part('scales')],
  ['Tables', part('tables')],
  ['Floats', part('float')],
  ['Header', part('header')],
];

const SEARCHED: readonly TableColumn<LabRecord>[] = [
  ['Codec', ({ codec }) => `\`${codec.spec}\``, 'left'],
  ['Bytes', (record) => grouped(fileBytes(record))],
  ['Bits/weight', ({ size }) => fixed(size.bitsPerWeight, 2)],
  ['Development Δ [95 %]', deltaText],
];

/** Writes a section for each model: the chosen codecs with their final figures, what these mean, and all the search measured. */
export function frontierTable(results: Results): string {
  return modelsOf(results)
    .map(({ id }) => section(id, results))
    .join('\n');
}

function section(model: string, { records }: Results): string {
  const own = records.filter((record) => record.model.id === model && record.role !== 'baseline');
  const sets = [...new Set(own.map(({ quality }) => quality.datasetSha256))];
  const on = (set: string | undefined) => own.filter(({ quality }) => quality.datasetSha256 === set);
  const [development, final] = [on(sets[0]), on(sets[1])];
  const rows = final.map((record): Row => ({
    codec: record.codec.spec,
    development: development.find(({ codec }) => codec.spec === record.codec.spec),
    final: record,
  }));
  const searched = [...development].sort((a, b) => fileBytes(a) - fileBytes(b));
  const parts = [`## ${model}`, rows.length > 0 ? markdownTable(COLUMNS, rows) : NOT_REPORTED];
  parts.push(...rows.map(sentence), 'What the search measured, by size:', markdownTable(SEARCHED, searched));
  return `${parts.join('\n\n')}\n`;
}

const NOT_REPORTED =
  'Nothing was measured on final data: the search was stopped, or found nothing, or has no final data.';

/** Says what a chosen codec reaches. */
function sentence({ codec, development, final }: Row): string {
  const record = final!;
  const { task } = record.quality;
  const unit = task === 'perplexity' ? '% of perplexity' : 'points of accuracy lost';
  const bound = lossOf(record).high;
  const verdict = `its upper bound is ${fixed(bound, 2)} of at most ${LOSS_LIMITS[task]} ${unit}`;
  const reached = `${ratio(record.size.ratioFloat32)} of ${TARGET}×`;
  const changed =
    development && development.artefactSha256 !== record.artefactSha256
      ? ' The file differs from the one the search measured.'
      : '';
  return `\`${codec}\`: ${reached}; ${verdict} (the search aimed at ${fixed(AIM * LOSS_LIMITS[task], 2)}).${unseen(record)}${changed}`;
}

/** Gives the loss on the images that the search did not go by. */
function unseen({ samples, quality }: LabRecord): string {
  if (quality.task === 'perplexity') return '';
  let [first, gained, lost, images] = [0, 0, 0, 0];
  for (const sample of samples)
    if ('gained' in sample) {
      if (first >= SEEN_IMAGES) {
        gained += sample.gained;
        lost += sample.lost;
        images += sample.images;
      }
      first += sample.images;
    }
  if (images === 0) return '';
  const [low, high] = pairedProportions(gained, lost, images);
  const { value, interval } = withInterval((100 * (gained - lost)) / images, [100 * low, 100 * high]);
  return ` On the ${grouped(images)} images after the first ${grouped(SEEN_IMAGES)} alone: ${value} ${interval}.`;
}
