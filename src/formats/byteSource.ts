/** Bytes that need not be in memory as a whole: a file on disk, in the browser's storage, or bytes at hand. */
export interface ByteSource {
  /** Bytes in all. */
  size: number;
  /** What is read is the reader's own to change; otherwise it may be a view of bytes that others see. */
  owned?: true;
  /** Exactly `length` bytes from `offset`. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Bytes at hand; what is read is a view into them. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}
