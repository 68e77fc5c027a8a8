import { openDB, type IDBPDatabase } from 'idb';
import type { AnswerCache } from '../../lab/tasks/run/answerCache';

const STORE = 'answers';

/** Keeps answers to tasks in IndexedDB. If the browser refuses storage, a run that was stopped asks again. */
export function browserAnswerCache(): AnswerCache {
  let opened: Promise<IDBPDatabase> | undefined;
  const database = () =>
    (opened ??= openDB('bitcurve-answers', 1, { upgrade: (db) => void db.createObjectStore(STORE) }));
  return {
    async get(key) {
      const value: unknown = await database()
        .then((db) => db.get(STORE, key))
        .catch(() => undefined);
      return typeof value === 'string' ? value : undefined;
    },
    async set(key, text) {
      await database()
        .then((db) => db.put(STORE, text, key))
        .catch(() => undefined);
    },
    async delete(key) {
      await database()
        .then((db) => db.delete(STORE, key))
        .catch(() => undefined);
    },
  };
}
