/** Bytes of a Parquet file that are read in order, and never beyond their end. */
export class ParquetCursor {
  constructor(
    readonly bytes: Uint8Array,
    public at = 0,
    readonly end = bytes.length,
  ) {}

  get left(): number {
    return this.end - this.at;
  }

  byte(): number {
    this.need(1);
    return this.bytes[this.at++];
  }

  /** Reads a little-endian integer of up to four bytes. */
  uint(length: number): number {
    this.need(length);
    let value = 0;
    for (let i = 0; i < length; i++) value += this.bytes[this.at++] * 2 ** (8 * i);
    return value;
  }

  /** Reads an unsigned varint (LEB128). @param bits 32 or 64, of which numbers above 2⁵³ are rounded */
  varint(bits: 32 | 64 = 32): number {
    let value = 0;
    for (let shift = 0; shift < bits; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new Error(`a number has more than ${bits} bits`);
  }

  /** Reads a signed varint in zigzag order. */
  zigzag(bits: 32 | 64 = 32): number {
    const value = this.varint(bits);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Returns a cursor over the next bytes, and moves behind them. */
  take(length: number): ParquetCursor {
    this.need(length);
    this.at += length;
    return new ParquetCursor(this.bytes, this.at - length, this.at);
  }

  /** Moves over bytes. */
  skip(length: number): void {
    this.need(length);
    this.at += length;
  }

  need(length: number): void {
    if (!(length >= 0 && length <= this.left))
      throw new Error(`${length} bytes are expected where ${this.left} are left`);
  }
}
