import { quoted } from '../../base/shown';
import { namingStandIns } from '../standIn';
import { damagedImatrix, type Imatrix, type ImatrixEntry } from './content';
import { isGgufForm, readGgufImatrix } from './ggufForm';

/** Longest name that is read. GGUF names have at most 64 bytes. */
const MAX_NAME = 1024;

/**
 * Reads an importance matrix of `llama-imatrix`, in the GGUF form or in the older one (`.dat`): little-endian counts, names and sums
 * of squares; a value is the mean square times the number of calls.
 * @throws LabError bad-file if the file is damaged or of another kind
 */
export function readImatrix(bytes: Uint8Array): Imatrix {
  return isGgufForm(bytes) ? readGgufImatrix(bytes) : namingStandIns(bytes, () => readOlderForm(bytes));
}

function readOlderForm(bytes: Uint8Array): Imatrix {
  const reader = new Reader(bytes);
  const count = reader.count('the number of entries', bytes.length / 12);
  if (count === 0) throw damagedImatrix('it has no entries');
  const entries = new Map<string, ImatrixEntry>();
  for (let i = 0; i < count; i++) {
    const name = reader.name();
    if (entries.has(name)) throw damagedImatrix(`${quoted(name)} occurs twice`);
    entries.set(name, reader.entry(name));
  }
  if (reader.atEnd()) return { entries };
  const chunks = reader.count('the number of chunks', Number.MAX_SAFE_INTEGER);
  const dataset = reader.name();
  if (!reader.atEnd()) throw damagedImatrix('bytes follow its end');
  return { entries, chunks, dataset };
}

/** Writes an importance matrix in the older form. */
export function writeImatrix({ entries, chunks, dataset }: Imatrix): Uint8Array {
  const parts: Uint8Array[] = [int32(entries.size)];
  for (const [name, { meanSquares, calls }] of entries) {
    const sums = meanSquares.map((mean) => mean * calls);
    parts.push(named(name), int32(calls), int32(sums.length), new Uint8Array(sums.buffer));
  }
  if (chunks !== undefined) parts.push(int32(chunks), named(dataset ?? ''));
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Reads the fields in order and checks that they lie in the file. */
class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  atEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** Reads an integer from 0 to `max`. */
  count(what: string, max: number): number {
    const from = this.take(4);
    const value = this.view.getInt32(from, true);
    if (value < 0 || value > max) throw damagedImatrix(`${what} is ${value}`);
    return value;
  }

  name(): string {
    const length = this.count('the length of a name', MAX_NAME);
    const from = this.take(length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length));
  }

  entry(name: string): ImatrixEntry {
    const calls = this.count(`the number of calls of ${quoted(name)}`, Number.MAX_SAFE_INTEGER);
    const length = this.count(`the number of values of ${quoted(name)}`, this.bytes.length / 4);
    const from = this.take(4 * length);
    // A matrix that no token reached has no calls; its sums are not averages then.
    const divisor = Math.max(1, calls);
    const meanSquares = Float32Array.from(
      { length },
      (_, i) => this.view.getFloat32(from + 4 * i, true) / divisor,
    );
    if (!meanSquares.every((value) => value >= 0 && value < Infinity))
      throw damagedImatrix(`${quoted(name)} has a value that is negative or not finite`);
    return { meanSquares, calls };
  }

  /** Returns the position of the next `length` bytes and passes them. */
  private take(length: number): number {
    const from = this.at;
    if (from + length > this.bytes.length) throw damagedImatrix('it ends too early');
    this.at = from + length;
    return from;
  }
}

function int32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function named(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array(4 + text.length);
  bytes.set(int32(text.length));
  bytes.set(text, 4);
  return bytes;
}
