import { concatenate } from '../../base/concatenate';
import { sha256OfStream } from '../../base/checksum';
import { LabError } from '../../base/errors';
import { quoted } from '../../base/shown';
import { fileChunks, type ByteSource } from '../../formats/byteSource';
import { canonicalJson, jsonLayout } from './json';
import type { Row, RowFile } from './rows';
import { brokenLine, decoded, RangeReader, textPieces } from './textSource';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const BOM = '\ufeff';
const BOM_BYTES = 3;
/** A row must fit into memory several times over. */
const MAX_LINE_BYTES = 64 << 20;

/** Opens JSON Lines: a JSON value on each line, in UTF-8. Empty lines are kept, and count as no rows. */
export async function openJsonLines(name: string, source: ByteSource): Promise<RowFile> {
  const reader = new RangeReader(source);
  return {
    kind: 'jsonl',
    name,
    size: source.size,
    extent: source.size,
    start: await startOf(name, source),
    details: {},
    sha256: (signal) => sha256OfStream(fileChunks(source, 0, source.size, signal)),
    rows: (signal) => jsonRows(name, source, signal),
    text: async (at, length) => decoded(await reader.read(at, length), name, 0),
    layout: jsonLayout,
    canonical: canonicalJson,
    key: jsonKey,
  };
}

/** Returns the JSON of the member `field` of an object, with long numbers digit by digit. */
export function jsonKey(text: string, field: string): string | undefined {
  const value = JSON.parse(text) as unknown;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, field)) return undefined;
  const key = (value as Record<string, unknown>)[field];
  if (typeof key === 'string') return JSON.stringify(key);
  if (Number.isSafeInteger(key)) return String(key);
  if (key === null || key === undefined) return undefined;
  const raw = jsonLayout(text)?.fields.find(({ name }) => name === field)?.value;
  return raw === undefined ? undefined : canonicalJson(raw);
}

/** The longest line of white space that counts as empty. */
const MAX_BLANK = 1024;

const isBlank = (text: string) => text.length < MAX_BLANK && text.trim() === '';

/** Returns the byte order mark and the empty lines before the first row. */
async function startOf(name: string, source: ByteSource): Promise<string> {
  let start = '';
  for await (const lines of splitLines(name, source))
    for (const { text, end, line } of lines) {
      // The byte order mark counts as white space.
      if (!isBlank(text)) return start + (line === 1 && text.startsWith(BOM) ? BOM : '');
      start += text + end;
    }
  return start;
}

async function* jsonRows(name: string, source: ByteSource, signal?: AbortSignal): AsyncGenerator<Row[]> {
  // A row is complete once the next one begins, since empty lines between them belong to its end.
  let last: Row | undefined;
  for await (const lines of splitLines(name, source, signal)) {
    const rows: Row[] = [];
    for (const line of lines) {
      if (isBlank(line.text)) {
        if (last) last.end += line.text + line.end;
        continue;
      }
      if (last) rows.push(last);
      last = rowOf(name, line);
    }
    yield rows;
  }
  if (last) yield [last];
}

/** Returns the row on a line. @throws LabError bad-file if the line is not JSON */
function rowOf(name: string, row: Row): Row {
  const marked = row.line === 1 && row.text.startsWith(BOM);
  const text = marked ? row.text.slice(1) : row.text;
  try {
    JSON.parse(text);
  } catch (error) {
    throw brokenLine(
      name,
      row.line,
      `is not JSON: ${quoted(text.slice(0, 60))}`,
      'Correct or delete this line; a file of JSON Lines has one JSON value on each.',
      error,
    );
  }
  return marked ? { ...row, text, bytes: row.bytes.subarray(BOM_BYTES), at: row.at + BOM_BYTES } : row;
}

/** Reads the lines of a file as rows, whatever they contain, in groups. */
export async function* splitLines(
  name: string,
  source: ByteSource,
  signal?: AbortSignal,
): AsyncGenerator<Row[]> {
  let rest: Uint8Array = new Uint8Array();
  let [line, at] = [1, 0];
  for await (const chunk of textPieces(source, signal)) {
    const bytes = rest.length ? concatenate(Uint8Array, [rest, chunk]) : chunk;
    const lines: Row[] = [];
    let begin = 0;
    for (
      let feed = bytes.indexOf(LINE_FEED, rest.length);
      feed >= 0;
      feed = bytes.indexOf(LINE_FEED, begin)
    ) {
      lines.push(lineOf(name, bytes.subarray(begin, feed + 1), line++, at));
      at += feed + 1 - begin;
      begin = feed + 1;
    }
    rest = bytes.subarray(begin);
    if (rest.length > MAX_LINE_BYTES) throw tooLong(name, line);
    yield lines;
  }
  if (rest.length > 0) yield [lineOf(name, rest, line, at)];
}

function lineOf(name: string, whole: Uint8Array, line: number, at: number): Row {
  const feed = whole.at(-1) === LINE_FEED ? 1 : 0;
  const end = feed && whole.at(-2) === CARRIAGE_RETURN ? '\r\n' : feed ? '\n' : '';
  const bytes = whole.subarray(0, whole.length - end.length);
  return { text: decoded(bytes, name, line), bytes, end, line, at };
}

function tooLong(name: string, line: number): LabError {
  return new LabError(
    'limit',
    `Line ${line} of ${name} has more than ${MAX_LINE_BYTES >> 20} MiB.`,
    'Check that the file is JSON Lines, with one row on each line, and not one JSON document.',
  );
}
