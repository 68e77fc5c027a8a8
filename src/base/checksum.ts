import { createSHA256 } from 'hash-wasm';

/**
 * Returns the SHA-256 of the concatenated parts as lower-case hex. WebCrypto is not used: it needs a secure context and
 * hashes whole buffers only.
 */
export async function sha256Hex(...parts: readonly Uint8Array[]): Promise<string> {
  const hash = await createSHA256();
  hash.init();
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** A SHA-256 that is computed part by part. */
export interface StreamHash {
  update(part: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/**
 * Returns the SHA-256 of a stream of parts as lower-case hex, without holding them all in memory.
 * @param native computes it, where the platform has a faster one than the portable one
 */
export async function sha256OfStream(parts: AsyncIterable<Uint8Array>, native?: StreamHash): Promise<string> {
  const hash = native ?? (await createSHA256()).init();
  for await (const part of parts) hash.update(part);
  return hash.digest('hex');
}
