import { createSHA256 } from 'hash-wasm';
import { LabError, throwIfAborted } from '../../base/errors';
import { quoted } from '../../base/shown';
import { DELTA_FORMAT, type DeltaCounts, type DeltaHeader } from './header';
import { formatOperation, type Operation } from './operations';
import { patchOf, spliceOf } from './patch';
import { RowHasher, RowIndex, type Hash64 } from './rowIndex';
import type { Row, RowFile } from './rows';
import { SparseTally, type SparseSize } from './sparse';
import { encoder } from './textSource';

/** A row without a match is stored as a change of its neighbour if that takes at most this share of its own length. */
const SIMILAR = 0.5;

export interface MakeOptions {
  /** The field that identifies rows, or null for their content. */
  key: string | null;
  signal?: AbortSignal;
  /** Called with the share of the work that is done, 0 … 1. */
  onProgress?: (fraction: number) => void;
}

/** What a comparison found, once all of its operations were read. */
export interface MadeDelta {
  header: DeltaHeader;
  /** What the published method would store and lose. */
  sparse: SparseSize;
}

/** Thrown if a field does not identify rows; the message says where. */
export class KeyUnusable extends LabError {
  constructor(message: string) {
    super(
      'bad-input',
      message,
      'Use --key content, or --key with a field that every row has and no two rows share.',
    );
    this.name = 'KeyUnusable';
  }
}

/** Compares two files row by row. Memory holds an index of the base's rows, and of the rows themselves only those being read. */
export class DeltaMaker {
  private readonly index = new RowIndex();
  private readonly counts: DeltaCounts = { same: 0, respelled: 0, modified: 0, new: 0, deleted: 0 };
  private readonly sparse = new SparseTally();
  private readonly isJson: boolean;
  private baseSha256 = '';
  private readonly found = { rows: 0, bytes: 0, sha256: '' };
  /** The usual end of a row, which is that of the first one. */
  private end: string | undefined;
  /** The row of the base behind the last one used. */
  private next = 0;
  /** Rows to copy that have not been written yet. */
  private run: { skip: number; count: number } | undefined;
  private lines = '';

  private constructor(
    private readonly base: RowFile,
    private readonly derived: RowFile,
    private readonly options: MakeOptions,
    private readonly hasher: RowHasher,
  ) {
    this.isJson = base.kind !== 'csv';
  }

  /**
   * Prepares a comparison.
   * @throws LabError bad-input for files of different kinds
   */
  static async open(base: RowFile, derived: RowFile, options: MakeOptions): Promise<DeltaMaker> {
    if (base.kind === derived.kind) return new DeltaMaker(base, derived, options, await RowHasher.open());
    throw new LabError(
      'bad-input',
      `${base.name} is ${base.kind}, but ${derived.name} is ${derived.kind}.`,
      'Convert one of them, so that both are of the same kind.',
    );
  }

  /**
   * Reads both files, and returns the lines of the delta behind its header in pieces.
   * @throws LabError bad-file with the number of a broken line; KeyUnusable; Cancelled
   */
  async *operations(): AsyncGenerator<Uint8Array> {
    await this.readBase();
    const { derived, found } = this;
    const hash = (await createSHA256()).init();
    const count = (bytes: Uint8Array) => {
      hash.update(bytes);
      found.bytes += bytes.length;
    };
    count(encoder.encode(derived.start));
    for await (const group of derived.rows(this.options.signal)) {
      for (const row of group) {
        count(row.bytes);
        count(encoder.encode(row.end));
        await this.add(row);
      }
      this.report(derived, group, 1);
      yield this.takeLines();
    }
    this.endRun();
    yield this.takeLines();
    found.sha256 = hash.digest('hex');
  }

  /** Returns what belongs before the operations, once they have all been read. */
  finish(): MadeDelta {
    const { base, derived, index } = this;
    const header: DeltaHeader = {
      format: DELTA_FORMAT,
      kind: base.kind,
      key: this.options.key,
      base: { bytes: base.size, sha256: this.baseSha256, rows: index.size },
      derived: {
        ...this.found,
        start: derived.start,
        end: this.end ?? '\n',
        details: { ...derived.details },
      },
      counts: { ...this.counts, deleted: index.unused },
    };
    return { header, sparse: this.sparse.size() };
  }

  private async readBase(): Promise<void> {
    const { base, index, options, hasher } = this;
    this.baseSha256 = await base.sha256(options.signal);
    for await (const group of base.rows(options.signal)) {
      for (const row of group) {
        const place = { at: row.at, length: row.bytes.length, line: row.line };
        const earlier = index.add(this.keyOf(row, base), hasher.of(row.bytes), place);
        if (earlier !== undefined && options.key !== null) throw this.duplicate(base, row, earlier);
      }
      this.report(base, group, 0);
    }
  }

  private report({ extent }: RowFile, group: readonly Row[], part: number): void {
    const last = group.at(-1);
    if (last) this.options.onProgress?.((part + last.at / extent) / 2);
  }

  /** Returns the hash of what identifies a row. @throws KeyUnusable if it lacks the field */
  private keyOf(row: Row, file: RowFile): Hash64 {
    const { key } = this.options;
    if (key === null) return this.hasher.of(file.canonical(row.text));
    const value = file.key(row.text, key);
    if (value !== undefined) return this.hasher.of(value);
    throw new KeyUnusable(`Line ${row.line} of ${file.name} has no field ${quoted(key)}.`);
  }

  /** Returns the error about a key that occurs twice. @param earlier the row of the base that has it, too */
  private duplicate(file: RowFile, row: Row, earlier: number): KeyUnusable {
    const key = this.options.key!;
    const other = file === this.base ? ` (and in line ${this.index.row(earlier).line})` : '';
    const value = file.key(row.text, key)!.slice(0, 60);
    return new KeyUnusable(`${quoted(key)} is ${value} again in line ${row.line} of ${file.name}${other}.`);
  }

  private async add(row: Row): Promise<void> {
    throwIfAborted(this.options.signal);
    this.found.rows++;
    if (this.end === undefined) this.startWith(row);
    const { index, next, counts } = this;
    const key = this.keyOf(row, this.derived);
    const match = index.hasKey(next, key) ? next : index.find(key);
    this.sparse.add(this.options.key === null ? undefined : match, row.bytes.length);
    if (match === undefined) return this.addUnmatched(row);
    if (index.use(match) && this.options.key !== null) throw this.duplicate(this.derived, row, match);
    if (index.hasText(match, this.hasher.of(row.bytes))) {
      counts.same++;
      return this.copy(match, row.end);
    }
    const base = await this.baseText(match);
    const isSame = this.base.canonical(base) === this.derived.canonical(row.text);
    counts[isSame ? 'same' : 'modified']++;
    if (isSame) counts.respelled++;
    else this.sparse.lose();
    this.write(this.change(match, base, row.text), row.end, match);
  }

  private startWith({ text, end }: Row): void {
    this.end = end;
    this.sparse.name(this.derived.layout(text)?.fields.map(({ name }) => name) ?? []);
  }

  /** Adds a row that no row of the base matches. Where content identifies rows, it may be a changed neighbour. */
  private async addUnmatched(row: Row): Promise<void> {
    const { index, next, options } = this;
    if (options.key === null && next < index.size && !index.isUsed(next)) {
      const change = this.change(next, await this.baseText(next), row.text);
      if (change.kind !== 'new' && this.lengthOf(change) < SIMILAR * row.text.length) {
        this.counts.modified++;
        index.use(next);
        return this.write(change, row.end, next);
      }
    }
    this.counts.new++;
    this.write({ kind: 'new', text: row.text }, row.end);
  }

  private baseText(row: number): Promise<string> {
    const { at, length } = this.index.row(row);
    return this.base.text(at, length);
  }

  /** Returns the operation that stores a row as a change of a row of the base, or as a new one if that is shorter. */
  private change(match: number, base: string, text: string): Operation {
    const skip = match - this.next;
    const [before, after] = [this.base.layout(base), this.derived.layout(text)];
    const patch = before && after && patchOf(before, after);
    const change: Operation = patch
      ? { kind: 'patch', skip, patch }
      : { kind: 'splice', skip, splice: spliceOf(base, text) };
    const whole: Operation = { kind: 'new', text };
    return this.lengthOf(change) < this.lengthOf(whole) ? change : whole;
  }

  private lengthOf(operation: Operation): number {
    return formatOperation(operation, this.isJson).length;
  }

  private copy(match: number, end: string): void {
    const skip = match - this.next;
    if (end !== this.end) return this.write({ kind: 'copy', skip, count: 1 }, end, match);
    if (this.run && skip === 0) this.run.count++;
    else {
      this.endRun();
      this.run = { skip, count: 1 };
    }
    this.next = match + 1;
  }

  private write(operation: Operation, end: string, match?: number): void {
    this.endRun();
    if (end !== this.end) this.line({ kind: 'end', end });
    this.line(operation);
    if (match !== undefined && operation.kind !== 'new') this.next = match + 1;
  }

  private endRun(): void {
    if (this.run) this.line({ kind: 'copy', ...this.run });
    this.run = undefined;
  }

  private line(operation: Operation): void {
    this.lines += `${formatOperation(operation, this.isJson)}\n`;
  }

  private takeLines(): Uint8Array {
    const bytes = encoder.encode(this.lines);
    this.lines = '';
    return bytes;
  }
}
