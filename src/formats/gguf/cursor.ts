import { badGguf } from './errors';

const HIGH_WORD = 2 ** 32;

/** Says that a field lies beyond the bytes at hand, but not beyond the end of the file. */
export class BeyondBytes extends Error {
  /** @param end where the field ends in the file */
  constructor(readonly end: number) {
    super(`bytes up to ${end} are needed`);
  }
}

/**
 * Reads little-endian fields from the start of a file. It checks that the file holds a field before it reads or allocates
 * it. The parameter `field` names the field in an error.
 */
export class Cursor {
  at = 0;
  private readonly view: DataView;

  /**
   * @param bytes the first bytes of the file
   * @param size the size of the whole file
   */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly size = bytes.byteLength,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Advances by `length` bytes and returns the offset at which they begin.
   * @throws LabError bad-file if the file ends before; BeyondBytes if only the bytes at hand do
   */
  claim(length: number, field: string): number {
    const begin = this.at;
    const end = begin + length;
    if (end > this.size)
      throw badGguf(
        `${field} needs ${length} bytes from offset ${begin}, but the file has only ${this.size} bytes`,
      );
    if (end > this.bytes.byteLength) throw new BeyondBytes(end);
    this.at = end;
    return begin;
  }

  uint8(field: string): number {
    return this.view.getUint8(this.claim(1, field));
  }

  int8(field: string): number {
    return this.view.getInt8(this.claim(1, field));
  }

  uint16(field: string): number {
    return this.view.getUint16(this.claim(2, field), true);
  }

  int16(field: string): number {
    return this.view.getInt16(this.claim(2, field), true);
  }

  uint32(field: string): number {
    return this.view.getUint32(this.claim(4, field), true);
  }

  int32(field: string): number {
    return this.view.getInt32(this.claim(4, field), true);
  }

  float32(field: string): number {
    return this.view.getFloat32(this.claim(4, field), true);
  }

  uint64(field: string): bigint {
    return this.view.getBigUint64(this.claim(8, field), true);
  }

  int64(field: string): bigint {
    return this.view.getBigInt64(this.claim(8, field), true);
  }

  float64(field: string): number {
    return this.view.getFloat64(this.claim(8, field), true);
  }

  /** Reads an unsigned 64-bit size as a number; exact up to 2⁵³, rounded (to at least 2⁵³) above. */
  length(field: string): number {
    const at = this.claim(8, field);
    return this.view.getUint32(at, true) + this.view.getUint32(at + 4, true) * HIGH_WORD;
  }

  /**
   * Reads a number of elements of at least `minBytes` bytes each.
   * @throws LabError bad-file if the rest of the file cannot hold as many
   */
  count(minBytes: number, field: string): number {
    const count = this.length(field);
    const rest = this.size - this.at;
    if (count > rest / minBytes)
      throw badGguf(`${field} is ${count}, but only ${rest} bytes of the file remain`);
    return count;
  }

  /** Returns a copy of the next `length` bytes. */
  copy(length: number, field: string): Uint8Array<ArrayBuffer> {
    const begin = this.claim(length, field);
    return new Uint8Array(this.bytes.subarray(begin, begin + length));
  }

  /** Reads a string: its length in bytes, then its UTF-8 bytes. */
  string(field: string, maxBytes = Infinity): string {
    const length = this.count(1, `the length of ${field}`);
    if (length > maxBytes) throw badGguf(`${field} has ${length} bytes; at most ${maxBytes} are allowed`);
    const begin = this.claim(length, field);
    try {
      return UTF8.decode(this.bytes.subarray(begin, begin + length));
    } catch (error) {
      throw badGguf(`${field} is not UTF-8`, error);
    }
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
