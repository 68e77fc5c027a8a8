/** A random-access source of bytes that need not be in memory: a file on disk, a file in the browser's storage, or an array. */
export interface ByteSource {
  /** The size of the source in bytes. */
  size: number;
  /** True if the caller may change the bytes it reads; otherwise they may be a view of shared bytes. */
  owned?: true;
  /** Reads `length` bytes from `offset`; fewer if the source ends before. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Returns a source over an array in memory; reads return views into it. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}
