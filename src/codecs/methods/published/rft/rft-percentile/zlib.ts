// The zlib format (RFC 1950, 1951) is written by the platform and read here, with a bound on the size of the output.

/** Compresses at the platform's level, which is zlib's 6 in current engines. The published codec asks for 9. */
export async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const STORED_MAX = 0xffff;

/** Writes a zlib stream without compression, synchronously and the same on every platform. */
export function storeOnly(bytes: Uint8Array): Uint8Array {
  const blocks = Math.max(1, Math.ceil(bytes.length / STORED_MAX));
  const out = new Uint8Array(2 + 5 * blocks + bytes.length + 4);
  out.set([0x78, 0x01]);
  let at = 2;
  for (let block = 0; block < blocks; block++) {
    const piece = bytes.subarray(block * STORED_MAX, (block + 1) * STORED_MAX);
    const size = piece.length;
    out.set([Number(block === blocks - 1), size & 255, size >> 8, ~size & 255, (~size >> 8) & 255], at);
    out.set(piece, at + 5);
    at += 5 + size;
  }
  new DataView(out.buffer).setUint32(at, adler32(bytes));
  return out;
}

function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return b * 65536 + a;
}

/** Decompresses a zlib stream. @returns the data, or undefined unless `bytes` is exactly one valid stream of `size` bytes of data */
export function inflate(bytes: Uint8Array, size: number): Uint8Array | undefined {
  if (bytes.length < 6 || (bytes[0] & 15) !== 8 || (bytes[0] * 256 + bytes[1]) % 31 || bytes[1] & 32)
    return undefined;
  const reader = new Inflater(bytes.subarray(2, bytes.length - 4), size);
  try {
    reader.run();
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
  const checksum = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4).getUint32(0);
  return reader.complete() && checksum === adler32(reader.out) ? reader.out : undefined;
}

class Malformed extends Error {}

const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MAX_BITS = 15;

/** The symbols by code length, for canonical decoding bit by bit. */
interface Huffman {
  counts: Uint16Array;
  symbols: number[];
}

function huffman(lengths: ArrayLike<number>): Huffman {
  const counts = new Uint16Array(MAX_BITS + 1);
  const symbols: number[] = [];
  for (let length = 1; length <= MAX_BITS; length++)
    for (let symbol = 0; symbol < lengths.length; symbol++)
      if (lengths[symbol] === length) {
        counts[length]++;
        symbols.push(symbol);
      }
  return { counts, symbols };
}

const FIXED_LITERALS = huffman(
  Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = huffman(new Array(30).fill(5));

class Inflater {
  readonly out: Uint8Array;
  private readonly input: Uint8Array;
  private bit = 0;
  private written = 0;

  constructor(input: Uint8Array, size: number) {
    this.input = input;
    this.out = new Uint8Array(size);
  }

  run(): void {
    for (let last = 0; !last;) {
      last = this.bits(1);
      const type = this.bits(2);
      if (type === 0) this.stored();
      else if (type === 1) this.compressed(FIXED_LITERALS, FIXED_DISTANCES);
      else if (type === 2) this.compressed(...this.tables());
      else throw new Malformed();
    }
  }

  /** Whether all data was written and all input read, except for padding in its last byte. */
  complete(): boolean {
    return this.written === this.out.length && Math.ceil(this.bit / 8) === this.input.length;
  }

  private bits(count: number): number {
    if (this.bit + count > 8 * this.input.length) throw new Malformed();
    let value = 0;
    for (let i = 0; i < count; i++, this.bit++)
      value |= ((this.input[this.bit >> 3] >> (this.bit & 7)) & 1) << i;
    return value;
  }

  private write(byte: number): void {
    if (this.written === this.out.length) throw new Malformed();
    this.out[this.written++] = byte;
  }

  private stored(): void {
    this.bit = 8 * Math.ceil(this.bit / 8);
    const length = this.bits(16);
    if ((this.bits(16) ^ 0xffff) !== length) throw new Malformed();
    for (let i = 0; i < length; i++) this.write(this.bits(8));
  }

  private symbol({ counts, symbols }: Huffman): number {
    let [code, first, index] = [0, 0, 0];
    for (let length = 1; length <= MAX_BITS; length++) {
      code |= this.bits(1);
      if (code - first < counts[length]) return symbols[index + code - first];
      index += counts[length];
      first = 2 * (first + counts[length]);
      code *= 2;
    }
    throw new Malformed();
  }

  private tables(): [Huffman, Huffman] {
    const literals = this.bits(5) + 257;
    const distances = this.bits(5) + 1;
    const order = new Uint8Array(19);
    for (let i = 0, count = this.bits(4) + 4; i < count; i++) order[LENGTH_ORDER[i]] = this.bits(3);
    const code = huffman(order);
    const lengths: number[] = [];
    while (lengths.length < literals + distances) this.readLengths(code, lengths);
    if (lengths.length > literals + distances) throw new Malformed();
    return [huffman(lengths.slice(0, literals)), huffman(lengths.slice(literals))];
  }

  private readLengths(code: Huffman, lengths: number[]): void {
    const symbol = this.symbol(code);
    if (symbol < 16) return void lengths.push(symbol);
    if (symbol === 16 && lengths.length === 0) throw new Malformed();
    const value = symbol === 16 ? lengths[lengths.length - 1] : 0;
    const repeat = symbol === 16 ? 3 + this.bits(2) : symbol === 17 ? 3 + this.bits(3) : 11 + this.bits(7);
    for (let i = 0; i < repeat; i++) lengths.push(value);
  }

  private compressed(literals: Huffman, distances: Huffman): void {
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol === 256) return;
      if (symbol < 256) this.write(symbol);
      else this.copy(symbol - 257, distances);
    }
  }

  private copy(code: number, distances: Huffman): void {
    if (code > 28) throw new Malformed();
    const length = this.length(code);
    const symbol = this.symbol(distances);
    if (symbol > 29) throw new Malformed();
    const extra = Math.max(0, (symbol >> 1) - 1);
    const base = symbol < 2 ? symbol : (2 + (symbol & 1)) << extra;
    const distance = base + this.bits(extra) + 1;
    if (distance > this.written) throw new Malformed();
    for (let i = 0; i < length; i++) this.write(this.out[this.written - distance]);
  }

  private length(code: number): number {
    if (code === 28) return 258;
    const extra = Math.max(0, (code >> 2) - 1);
    const base = code < 4 ? code : (4 + (code & 3)) << extra;
    return base + this.bits(extra) + 3;
  }
}
