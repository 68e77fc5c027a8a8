import { createSHA256, type IHasher } from 'hash-wasm';

/** Rows of one block of the index; blocks are allocated as rows arrive, so nothing is copied when it grows. */
const BLOCK = 1 << 12;
const EMPTY = -1;

/** What the index keeps of a row. */
export interface IndexedRow {
  at: number;
  length: number;
  line: number;
}

interface Block {
  keys: Uint32Array;
  texts: Uint32Array;
  at: Float64Array;
  lengths: Uint32Array;
  lines: Uint32Array;
  used: Uint8Array;
}

/**
 * Finds rows by the first 64 bits of the SHA-256 of their key, and compares their text by those of the text. A row takes 33 bytes, and 8
 * to 16 more in the hash table. Two different texts with the same 64 bits would give a wrong delta, which the check of the
 * reconstruction finds.
 */
export class RowIndex {
  private readonly blocks: Block[] = [];
  private slots = new Int32Array(1 << 12).fill(EMPTY);
  private count = 0;
  /** Number of occupied slots. */
  private keys = 0;

  /** Number of rows. */
  get size(): number {
    return this.count;
  }

  /**
   * Adds a row. Of rows with the same key only the first is found by it.
   * @param key,text hashes of `RowHasher`
   * @returns the number of an earlier row with the same key, if there is one
   */
  add(key: Hash64, text: Hash64, { at, length, line }: IndexedRow): number | undefined {
    const row = this.count++;
    const place = row % BLOCK;
    if (place === 0) this.blocks.push(emptyBlock());
    const block = this.blocks.at(-1)!;
    block.keys.set(key, 2 * place);
    block.texts.set(text, 2 * place);
    block.at[place] = at;
    block.lengths[place] = length;
    block.lines[place] = line;
    const earlier = this.find(key);
    if (earlier === undefined) this.insert(row);
    return earlier;
  }

  /** Returns the first row with this key. */
  find(key: Hash64): number | undefined {
    const mask = this.slots.length - 1;
    for (let slot = key[0] & mask; this.slots[slot] !== EMPTY; slot = (slot + 1) & mask)
      if (this.hasKey(this.slots[slot], key)) return this.slots[slot];
    return undefined;
  }

  /** Returns whether a row has this key. */
  hasKey(row: number, key: Hash64): boolean {
    return row < this.count && isAt(this.block(row).keys, row % BLOCK, key);
  }

  /** Returns whether a row has this text. */
  hasText(row: number, text: Hash64): boolean {
    return isAt(this.block(row).texts, row % BLOCK, text);
  }

  row(row: number): IndexedRow {
    const { at, lengths, lines } = this.block(row);
    const place = row % BLOCK;
    return { at: at[place], length: lengths[place], line: lines[place] };
  }

  /** Marks a row as used. @returns whether it was already */
  use(row: number): boolean {
    const { used } = this.block(row);
    const before = used[row % BLOCK] === 1;
    used[row % BLOCK] = 1;
    return before;
  }

  isUsed(row: number): boolean {
    return this.block(row).used[row % BLOCK] === 1;
  }

  /** Number of rows that were never used. */
  get unused(): number {
    let used = 0;
    for (const block of this.blocks) for (const flag of block.used) used += flag;
    return this.count - used;
  }

  private block(row: number): Block {
    return this.blocks[Math.floor(row / BLOCK)];
  }

  private insert(row: number): void {
    if (2 * ++this.keys > this.slots.length) this.grow();
    this.occupy(row);
  }

  private occupy(row: number): void {
    const mask = this.slots.length - 1;
    let slot = this.block(row).keys[2 * (row % BLOCK)] & mask;
    while (this.slots[slot] !== EMPTY) slot = (slot + 1) & mask;
    this.slots[slot] = row;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Int32Array(2 * old.length).fill(EMPTY);
    for (const row of old) if (row !== EMPTY) this.occupy(row);
  }
}

function emptyBlock(): Block {
  return {
    keys: new Uint32Array(2 * BLOCK),
    texts: new Uint32Array(2 * BLOCK),
    at: new Float64Array(BLOCK),
    lengths: new Uint32Array(BLOCK),
    lines: new Uint32Array(BLOCK),
    used: new Uint8Array(BLOCK),
  };
}

function isAt(hashes: Uint32Array, place: number, [high, low]: Hash64): boolean {
  return hashes[2 * place] === high && hashes[2 * place + 1] === low;
}

/** The first 64 bits of a SHA-256. */
export type Hash64 = readonly [number, number];

/** Computes hashes of short texts without waiting. */
export class RowHasher {
  private constructor(private readonly hash: IHasher) {}

  static async open(): Promise<RowHasher> {
    return new RowHasher(await createSHA256());
  }

  of(data: Uint8Array | string): Hash64 {
    const digest = this.hash.init().update(data).digest('binary');
    const view = new DataView(digest.buffer, digest.byteOffset);
    return [view.getUint32(0), view.getUint32(4)];
  }
}
