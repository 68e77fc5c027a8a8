import { createSHA256 } from 'hash-wasm';

/**
 * SHA-256 of the parts one after the other, as lower-case hex. Not WebCrypto: that exists in secure contexts only and takes no parts.
 */
export async function sha256Hex(...parts: readonly Uint8Array[]): Promise<string> {
  const hash = await createSHA256();
  hash.init();
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The same of parts that come one after the other. */
export async function sha256OfStream(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = await createSHA256();
  hash.init();
  for await (const part of parts) hash.update(part);
  return hash.digest('hex');
}
