const UTF8 = new TextEncoder();

const LONE_SURROGATE = /\p{Surrogate}/u;

/** Returns whether `text` can be encoded as UTF-8, that is, has no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

/** A growing buffer for the little-endian fields of a GGUF header. */
export class HeaderBytes {
  private bytes = new Uint8Array(4096);
  length = 0;

  /** Appends `count` zero bytes and returns a view of them, which is valid until the next call. */
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

  /** Appends a string: the number of its UTF-8 bytes, then the bytes. */
  string(text: string): void {
    const encoded = UTF8.encode(text);
    this.uint64(encoded.byteLength);
    this.append(encoded);
  }

  /** Returns a copy of all bytes, padded with zeros to `length`. */
  padded(length: number): Uint8Array {
    const file = new Uint8Array(length);
    file.set(this.bytes.subarray(0, this.length));
    return file;
  }
}
