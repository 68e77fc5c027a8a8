const UTF8 = new TextEncoder();

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Whether UTF-8 can hold `text`: half of a character it cannot. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** Little-endian bytes of a GGUF header as they are put together. */
export class HeaderBytes {
  private bytes = new Uint8Array(4096);
  length = 0;

  /** A view of `count` new zero bytes, valid until the next. */
  private grow(count: number): DataView {
    const begin = this.length;
    this.length += count;
    if (this.length > this.bytes.byteLength) {
      const larger = new Uint8Array(Math.max(this.length, 2 * this.bytes.byteLength));
      larger.set(this.bytes.subarray(0, begin));
      this.bytes = larger;
    }
    return new DataView(this.bytes.buffer, begin, count);
  }

  uint32(value: number): void {
    this.grow(4).setUint32(0, value, true);
  }

  uint64(value: number): void {
    this.grow(8).setBigUint64(0, BigInt(value), true);
  }

  append(part: Uint8Array): void {
    this.grow(part.byteLength);
    this.bytes.set(part, this.length - part.byteLength);
  }

  /** Its UTF-8 bytes behind their number. */
  string(text: string): void {
    const encoded = UTF8.encode(text);
    this.uint64(encoded.byteLength);
    this.append(encoded);
  }

  /** All bytes, followed by zeros up to `length`. */
  padded(length: number): Uint8Array {
    const file = new Uint8Array(length);
    file.set(this.bytes.subarray(0, this.length));
    return file;
  }
}
