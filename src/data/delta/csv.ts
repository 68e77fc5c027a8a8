import Papa from 'papaparse';
import { sha256OfStream } from '../../base/checksum';
import { LabError } from '../../base/errors';
import { quoted } from '../../base/shown';
import { fileChunks, type ByteSource } from '../../formats/byteSource';
import type { RowLayout } from './layout';
import type { Row, RowFile } from './rows';
import { brokenLine, decoded, encoder, RangeReader, textPieces } from './textSource';

/** How a CSV file separates cells and ends records. */
interface Dialect {
  delimiter: string;
  /** The character at which a record ends; a carriage return before a line feed belongs to the end. */
  newline: '\n' | '\r';
}

/** A record with its cells. Empty lines behind it belong to its end. */
interface CsvRecord {
  row: Row;
  cells: string[];
  /** Whether its quotes are malformed. */
  isBroken: boolean;
}

const DELIMITERS = [',', ';', '\t', '|'];
/** A record must fit into memory several times over. */
const MAX_RECORD_CHARACTERS = 64 << 20;
const SAMPLE_BYTES = 1 << 16;

/**
 * Opens CSV in UTF-8 (RFC 4180, with commas, semicolons, tabs or bars between cells). The first record is the header.
 * @throws LabError bad-file if there is no header, or if it names a column twice
 */
export async function openCsv(name: string, source: ByteSource): Promise<RowFile> {
  const reader = new RangeReader(source);
  const dialect = dialectOf(await source.read(0, SAMPLE_BYTES));
  const { start, header } = await headerOf(name, source, dialect);
  const cells = (text: string) => parseRecords(text, dialect).records[0]?.cells ?? [];
  return {
    kind: 'csv',
    name,
    size: source.size,
    extent: source.size,
    start,
    details: { columns: header, delimiter: dialect.delimiter },
    sha256: (signal) => sha256OfStream(fileChunks(source, 0, source.size, signal)),
    rows: (signal) => csvRows(name, source, dialect, header.length, signal),
    text: async (at, length) => decoded(await reader.read(at, length), name, 0),
    layout: (text) => csvLayout(text, header, cells(text), dialect),
    canonical: (text) => JSON.stringify(cells(text)),
    key: (text, field) => cells(text)[header.indexOf(field)],
  };
}

/** Guesses the dialect from the first line. */
function dialectOf(sample: Uint8Array): Dialect {
  const text = new TextDecoder().decode(sample);
  const [end] = /\r\n|\n|\r/.exec(text.trimStart()) ?? ['\n'];
  const [line] = text.trimStart().split(end, 1);
  const count = (delimiter: string) => line.split(delimiter).length;
  const delimiter = DELIMITERS.reduce((best, each) => (count(each) > count(best) ? each : best));
  return { delimiter, newline: end === '\r' ? '\r' : '\n' };
}

/** Returns the names of the columns, and all text before the first row. */
async function headerOf(name: string, source: ByteSource, dialect: Dialect) {
  for await (const { lead, records } of recordGroups(name, source, dialect)) {
    if (records.length === 0) continue;
    const [{ row, cells }] = records;
    const duplicate = cells.find((cell, i) => cells.indexOf(cell) !== i);
    if (duplicate !== undefined)
      throw brokenLine(name, row.line, `names the column ${quoted(duplicate)} twice`, 'Rename one of them.');
    return { start: lead + row.text + row.end, header: cells };
  }
  throw new LabError(
    'bad-file',
    `${name} has no header.`,
    'Name a CSV file whose first line names its columns.',
  );
}

async function* csvRows(
  name: string,
  source: ByteSource,
  dialect: Dialect,
  columns: number,
  signal?: AbortSignal,
): AsyncGenerator<Row[]> {
  let headers = 1;
  for await (const { records } of recordGroups(name, source, dialect, signal)) {
    const rows = records.slice(headers);
    headers -= records.length - rows.length;
    const bad = rows.find(({ cells }) => cells.length !== columns);
    if (bad)
      throw brokenLine(
        name,
        bad.row.line,
        `has ${bad.cells.length} cells, but the header has ${columns} columns`,
      );
    yield rows.map(({ row }) => row);
  }
}

/** Reads all records in groups, the header among them, with the text before the first one. */
async function* recordGroups(
  name: string,
  source: ByteSource,
  dialect: Dialect,
  signal?: AbortSignal,
): AsyncGenerator<{ lead: string; records: CsvRecord[] }> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let lead: string | undefined;
  let pending = '';
  // The last record waits for empty lines that belong to its end.
  let last: CsvRecord | undefined;
  let [line, at] = [1, 0];
  let left = source.size;
  for await (const chunk of textPieces(source, signal)) {
    left -= chunk.length;
    pending += decodedPart(decoder, chunk, left === 0, name, line);
    if (lead === undefined) {
      [lead] = /^\ufeff?[\r\n]*/.exec(pending)!;
      pending = pending.slice(lead.length);
      line += lineBreaks(lead);
      at += encoder.encode(lead).length;
    }
    const { records, used } = parseRecords(pending, dialect, left > 0);
    const complete: CsvRecord[] = [];
    for (const record of records) {
      const { row, isBroken } = record;
      if (isBroken)
        throw brokenLine(
          name,
          line,
          'has misplaced quotes',
          'Double quotes inside a quoted cell, and close it.',
        );
      if (row.text === '') last!.row.end += row.end;
      else {
        if (last) complete.push(last);
        last = { ...record, row: { ...row, line, at } };
      }
      line += lineBreaks(row.text + row.end);
      at += row.bytes.length + row.end.length;
    }
    pending = pending.slice(used);
    if (pending.length > MAX_RECORD_CHARACTERS)
      throw brokenLine(name, line, 'begins a record of more than 64 Mi characters', 'Close its quotes.');
    yield { lead, records: complete };
  }
  if (last) yield { lead: lead!, records: [last] };
}

function decodedPart(decoder: TextDecoder, chunk: Uint8Array, isLast: boolean, name: string, line: number) {
  try {
    return decoder.decode(chunk, { stream: !isLast });
  } catch (error) {
    throw brokenLine(name, line, 'or a later one is not UTF-8', 'Convert the file to UTF-8.', error);
  }
}

const lineBreaks = (text: string) => text.match(/\r\n|\r|\n/g)?.length ?? 0;

/**
 * Splits text into records.
 * @param isPart whether more text follows, so that the last record may be incomplete
 * @returns the complete records, and the number of characters they take
 */
function parseRecords(text: string, { delimiter, newline }: Dialect, isPart = false) {
  const records: CsvRecord[] = [];
  let used = 0;
  const step = ({ data, errors, meta: { cursor } }: Papa.ParseStepResult<string[][]>) => {
    // After a line end at the end of the text, Papa Parse adds an empty record.
    if (cursor > used) records.push(recordOf(text.slice(used, cursor), data[0], errors.length > 0));
    used = cursor;
  };
  new Papa.Parser({ delimiter, newline, step }).parse(text, 0, isPart);
  return { records, used };
}

function recordOf(whole: string, cells: string[], isBroken: boolean): CsvRecord {
  const [end] = /(?:\r\n|\n|\r)?$/.exec(whole)!;
  const text = whole.slice(0, whole.length - end.length);
  const lastCell = cells.length - 1;
  // Papa Parse ends records at line feeds, and leaves the carriage return in an unquoted last cell.
  if (end === '\r\n') cells[lastCell] = cells[lastCell].replace(/\r$/, '');
  return { row: { text, bytes: encoder.encode(text), end, line: 0, at: 0 }, cells, isBroken };
}

/** Finds the cells of a record in its text; undefined if a cell is spelled in a way that its value does not tell. */
function csvLayout(
  text: string,
  header: readonly string[],
  cells: readonly string[],
  { delimiter }: Dialect,
): RowLayout | undefined {
  const fields = cells.map((cell, i) => ({ name: header[i], label: '', value: cell }));
  let at = 0;
  for (const field of fields) {
    if (text[at] === '"') field.value = `"${field.value.replaceAll('"', '""')}"`;
    at += field.value.length + delimiter.length;
  }
  const layout = { open: '', fields, separator: delimiter, close: '' };
  return fields.map(({ value }) => value).join(delimiter) === text ? layout : undefined;
}
