import { openDB, type IDBPDatabase } from 'idb';
import type { TokenCache } from '../../models/tokenizer/tokenizer';

const STORE = 'ids';

/**
 * Caches token ids in IndexedDB by checksum of tokenizer and text. If the browser refuses storage or it is full, texts
 * are tokenized again.
 */
export function browserTokenCache(): TokenCache {
  let opened: Promise<IDBPDatabase> | undefined;
  const database = () =>
    (opened ??= openDB('bitcurve-tokens', 1, { upgrade: (db) => void db.createObjectStore(STORE) }));
  return {
    async get(key) {
      const value: unknown = await database()
        .then((db) => db.get(STORE, key))
        .catch(() => undefined);
      return value instanceof Uint32Array ? value : undefined;
    },
    async set(key, ids) {
      await database()
        .then((db) => db.put(STORE, ids, key))
        .catch(() => undefined);
    },
  };
}
