import { createSHA256 } from 'hash-wasm';
import { LabError, throwIfAborted } from '../../base/errors';
import { grouped } from '../../base/format';
import type { ByteSource } from '../../formats/byteSource';
import { parseDeltaHeader, type DeltaHeader } from './header';
import { splitLines } from './jsonl';
import { layoutText } from './layout';
import { parseOperation, type Operation } from './operations';
import { patched, spliced } from './patch';
import type { RowFile } from './rows';
import { encoder } from './textSource';

/** A data set delta that is open for reading. */
export interface DeltaFile {
  name: string;
  header: DeltaHeader;
  source: ByteSource;
}

/** Opens a delta. @throws LabError bad-file */
export async function openDelta(name: string, source: ByteSource): Promise<DeltaFile> {
  for await (const lines of splitLines(name, source))
    if (lines.length > 0) return { name, header: parseDeltaHeader(name, lines[0].text), source };
  return { name, header: parseDeltaHeader(name, ''), source };
}

/**
 * Restores the derived file's rows from base and delta.
 * @returns pieces of the file; for Parquet, rows as lines of JSON
 * @throws LabError bad-input if this is not the base; bad-file if the delta is damaged, at the latest at the end, when the checksum of the
 * result differs; Cancelled
 */
export async function* restore(
  base: RowFile,
  delta: DeltaFile,
  { signal, onProgress }: { signal?: AbortSignal; onProgress?: (fraction: number) => void } = {},
): AsyncGenerator<Uint8Array> {
  const { name, header, source } = delta;
  const { derived } = header;
  await checkBase(base, delta, signal);
  const rows = await BaseRows.read(base, signal);
  const hash = (await createSHA256()).init();
  let bytes = 0;
  const counted = (piece: Uint8Array) => {
    hash.update(piece);
    bytes += piece.length;
    if (bytes > derived.bytes) throw damaged(name, `it restores more than ${grouped(derived.bytes)} bytes`);
    return piece;
  };
  yield counted(encoder.encode(derived.start));
  let end = derived.end;
  for await (const lines of splitLines(name, source, signal)) {
    for (const { text: line, line: number } of lines) {
      if (number === 1) continue;
      const operation = operationOf(delta, line, number);
      if (operation.kind === 'end') {
        end = operation.end;
        continue;
      }
      for await (const text of rows.texts(operation, () => lineDamaged(name, number)))
        yield counted(encoder.encode(text + end));
      end = derived.end;
    }
    const last = lines.at(-1);
    if (last) onProgress?.(last.at / source.size);
    throwIfAborted(signal);
  }
  if (hash.digest('hex') !== derived.sha256) throw damaged(name, 'the checksum of the result differs');
}

async function checkBase(base: RowFile, { name, header }: DeltaFile, signal?: AbortSignal): Promise<void> {
  const { kind, base: expected } = header;
  const found = base.kind === kind ? await base.sha256(signal) : base.kind;
  if (found === expected.sha256) return;
  throw new LabError(
    'bad-input',
    `${base.name} is not the base of ${name}: its SHA-256 is ${found}, but the delta was made from ${expected.sha256} (${kind}, ${grouped(expected.bytes)} bytes).`,
    'Name the very file that the delta was made from.',
  );
}

/** The rows of the base, found by their number. */
class BaseRows {
  private next = 0;

  private constructor(
    private readonly base: RowFile,
    private readonly places: readonly Float64Array[],
    private readonly count: number,
  ) {}

  static async read(base: RowFile, signal?: AbortSignal): Promise<BaseRows> {
    const places: Float64Array[] = [];
    let count = 0;
    for await (const group of base.rows(signal))
      for (const { at, bytes } of group) {
        if (count % BLOCK === 0) places.push(new Float64Array(2 * BLOCK));
        places.at(-1)!.set([at, bytes.length], 2 * (count++ % BLOCK));
      }
    return new BaseRows(base, places, count);
  }

  /** Returns the texts of the rows that an operation makes. @param damage makes the error for one that does not fit the base */
  async *texts(operation: Operation, damage: () => LabError): AsyncGenerator<string> {
    if (operation.kind === 'new') yield operation.text;
    if (operation.kind === 'new' || operation.kind === 'end') return;
    const first = this.next + operation.skip;
    const count = operation.kind === 'copy' ? operation.count : 1;
    if (first < 0 || first + count > this.count) throw damage();
    this.next = first + count;
    for (let row = first; row < first + count; row++) {
      const text = this.changed(operation, await this.text(row));
      if (text === undefined) throw damage();
      yield text;
    }
  }

  private text(row: number): Promise<string> {
    const block = this.places[Math.floor(row / BLOCK)];
    const place = 2 * (row % BLOCK);
    return this.base.text(block[place], block[place + 1]);
  }

  private changed(operation: Operation, text: string): string | undefined {
    if (operation.kind === 'splice') return spliced(text, operation.splice);
    if (operation.kind !== 'patch') return text;
    const layout = this.base.layout(text);
    const result = layout && patched(layout, operation.patch);
    return result && layoutText(result);
  }
}

/** Rows of one block of places. */
const BLOCK = 1 << 12;

function operationOf({ name, header }: DeltaFile, line: string, number: number): Operation {
  try {
    return parseOperation(line, header.kind !== 'csv');
  } catch (error) {
    throw lineDamaged(name, number, error);
  }
}

function lineDamaged(name: string, line: number, cause?: unknown): LabError {
  const detail = cause instanceof Error ? ` (${cause.message.slice(0, 80)})` : '';
  return damaged(name, `line ${line} does not fit the base${detail}`, cause);
}

function damaged(name: string, problem: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `${name} is damaged: ${problem}.`,
    'Make the delta again, or download it again.',
    cause,
  );
}
