import { fixed, grouped, significant } from '../../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../../base/markdown';
import { isOfFile } from '../../../results/fileCodec';
import { fileBytes, type LabRecord } from '../../../results/record';
import type { Results } from '../definition';
import { against, changeCell, measurementTitle, modelsOf, verdictCell } from '../tables';

/** A measured file, and the codec of ours with the smallest loss among those of no more bytes. */
interface Row {
  file: LabRecord;
  own?: LabRecord;
}

type Cell = (record: LabRecord) => string;

const comparable = (record: LabRecord) => ({ codec: record.codec.spec, record });
const ofFile = (cell: Cell) => (row: Row) => cell(row.file);
const ofOwn = (cell: Cell) => (row: Row) => (row.own ? cell(row.own) : DASH);
const bytes: Cell = (record) => grouped(fileBytes(record));
const change: Cell = (record) => changeCell(comparable(record));
const divergence: Cell = ({ quality: { klMean } }) => (klMean === undefined ? DASH : significant(klMean));

const COLUMNS: readonly TableColumn<Row>[] = [
  ['File', ofFile(({ codec }) => String(codec.options.name)), 'left'],
  ['Types', ofFile(({ codec }) => codec.label), 'left'],
  ['Bytes', ofFile(bytes)],
  ['Bits/weight', ofFile(({ size }) => fixed(size.bitsPerWeight, 2))],
  ['Δ perplexity % [95 %]', ofFile(change)],
  ['KL (nats)', ofFile(divergence)],
  ['Our codec in no more bytes', ofOwn(({ codec }) => `\`${codec.spec}\``), 'left'],
  ['Its bytes', ofOwn(bytes)],
  ['Its Δ % [95 %]', ofOwn(change)],
  ['Its KL (nats)', ofOwn(divergence)],
  [
    'The file against ours',
    ({ file, own }) => (own ? against(comparable(file), comparable(own)) : DASH),
    'left',
  ],
];

const PLAIN: TableColumn<Row> = [
  'Against plain rounding in no more bytes',
  ofFile((record) => verdictCell(comparable(record))),
  'left',
];

/** Writes a section for each model: its files by size, each beside our codec, then the files that could not be measured. */
export function filesTable(results: Results): string {
  return modelsOf(results)
    .map(({ id }) => section(id, results))
    .join('\n');
}

function section(model: string, results: Results): string {
  const codecs = results.records.filter((record) => record.model.id === model && record.role === 'codec');
  const rows = codecs
    .filter(isOfFile)
    .sort((a, b) => fileBytes(a) - fileBytes(b))
    .map((file): Row => ({ file, own: bestWithin(fileBytes(file), codecs) }));
  const columns = rows.some(({ file }) => file.verdict) ? [...COLUMNS, PLAIN] : COLUMNS;
  const table = `## ${measurementTitle(model, results)}\n\n${markdownTable(columns, rows)}`;
  const failed = [...results.failures].map(([name, why]) => `\`${name}\` was not measured: ${why}\n`);
  return [table, ...failed].join('\n');
}

/** Returns the codec of ours with the smallest loss within a number of bytes. */
function bestWithin(limit: number, codecs: readonly LabRecord[]): LabRecord | undefined {
  return codecs
    .filter((record) => !isOfFile(record) && fileBytes(record) <= limit)
    .sort((a, b) => a.quality.value - b.quality.value)[0];
}
