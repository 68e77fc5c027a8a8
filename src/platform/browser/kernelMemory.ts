import { openDB, type IDBPDatabase } from 'idb';
import type { KernelMemory } from '../../gpu/kernelMemory';

const STORE = 'kernels';

/** Returns a memory in IndexedDB. If the browser refuses storage, choices last as long as the page. */
export function browserKernelMemory(): KernelMemory {
  const known = new Map<string, string | undefined>();
  let opened: Promise<IDBPDatabase> | undefined;
  const database = () =>
    (opened ??= openDB('bitcurve-kernels', 1, { upgrade: (db) => void db.createObjectStore(STORE) }));
  return {
    async get(key) {
      if (known.has(key)) return known.get(key);
      const value: unknown = await database()
        .then((db) => db.get(STORE, key))
        .catch(() => undefined);
      const kernel = typeof value === 'string' ? value : undefined;
      known.set(key, kernel);
      return kernel;
    },
    async set(key, kernel) {
      known.set(key, kernel);
      await database()
        .then((db) => db.put(STORE, kernel, key))
        .catch(() => undefined);
    },
  };
}
