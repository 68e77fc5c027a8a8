import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenCache } from '../../models/tokenizer/tokenizer';

/**
 * Returns a cache of token ids as files in `folder`, by checksum of tokenizer and text. Each file begins with the SHA-256
 * of its ids, so that a half-written one is ignored. If the folder cannot be written, texts are tokenized again.
 */
export function folderTokenCache(folder: string): TokenCache {
  const file = (key: string) => join(folder, `${createHash('sha256').update(key).digest('hex')}.ids`);
  return {
    async get(key) {
      const bytes = await readFile(file(key)).catch(() => undefined);
      if (!bytes || bytes.length < 32 || bytes.length % 4 !== 0) return undefined;
      const ids = bytes.subarray(32);
      if (!digest(ids).equals(bytes.subarray(0, 32))) return undefined;
      return new Uint32Array(Uint8Array.from(ids).buffer);
    },
    async set(key, ids) {
      const bytes = new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);
      await mkdir(folder, { recursive: true })
        .then(() => writeFile(file(key), Buffer.concat([digest(bytes), bytes])))
        .catch(() => undefined);
    },
  };
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
