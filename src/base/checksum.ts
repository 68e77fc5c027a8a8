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

/** Returns the SHA-256 of a stream of parts as lower-case hex, without holding them all in memory. */
export async function sha256OfStream(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = await createSHA256();
  hash.init();
  for await (const part of parts) hash.update(part);
  return hash.digest('hex');
}
