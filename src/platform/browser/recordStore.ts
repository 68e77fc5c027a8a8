import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase } from 'idb';
import { LabError } from '../../base/errors';
import { parseRecord } from '../../lab/results/record';
import type { LabRecord } from '../../lab/results/record';
import type { RecordStore } from '../../lab/results/store';

/** The browser's record store: the worker saves each record as soon as it is measured, the page lists and deletes them. */
export interface PersistentStore extends RecordStore {
  /** Lists all readable records, oldest first. Records with an unknown schema are kept but not listed. */
  list(): Promise<LabRecord[]>;
  delete(id: string): Promise<void>;
  clear(): Promise<void>;
}

interface Schema extends DBSchema {
  records: { key: string; value: LabRecord; indexes: { startedAt: string; runKey: string } };
}

/**
 * Opens the browser's record store; works on the main thread and in workers.
 * @throws LabError storage if the browser refuses (private window, quota, blocked)
 */
export async function openRecordStore(): Promise<PersistentStore> {
  const db = await guarded(() =>
    openDB<Schema>('bitcurve', 1, {
      upgrade(fresh) {
        const records = fresh.createObjectStore('records', { keyPath: 'id' });
        records.createIndex('startedAt', 'startedAt');
        records.createIndex('runKey', 'runKey');
      },
    }),
  );
  return storeOver(db);
}

function storeOver(db: IDBPDatabase<Schema>): PersistentStore {
  return {
    list: async () => readable(await guarded(() => db.getAllFromIndex('records', 'startedAt'))),
    find: async (runKey) =>
      latestComplete(await guarded(() => db.getAllFromIndex('records', 'runKey', runKey))),
    save: async (record) => void (await guarded(() => db.put('records', record))),
    delete: (id) => guarded(() => db.delete('records', id)),
    clear: () => guarded(() => db.clear('records')),
  };
}

/** Parses records. Another version of Bitcurve may have written some: one that does not parse is skipped, not deleted. */
function readable(values: unknown[]): LabRecord[] {
  return values.flatMap((value) => {
    try {
      return [parseRecord(value)];
    } catch {
      return [];
    }
  });
}

function latestComplete(values: unknown[]): LabRecord | undefined {
  return readable(values)
    .filter((record) => record.status === 'complete')
    .sort((a, b) => a.startedAt.localeCompare(b.startedAt))
    .at(-1);
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new LabError(
      'storage',
      'The browser refused access to its record store.',
      'Free some disk space, or leave private browsing. Records of this visit can still be exported.',
      cause,
    );
  }
}
