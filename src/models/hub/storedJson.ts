import type { DownloadStore } from './types';

/** Maximum size of a JSON file in the store, far above real ones. */
const MAX_JSON_BYTES = 4 << 20;

/** Reads a small JSON file of the store; undefined if it is missing or was half written in a crash. */
export async function readStoredJson(store: DownloadStore, path: string): Promise<unknown> {
  const source = await store.read(path);
  if (!source || source.size > MAX_JSON_BYTES) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, source.size)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Replaces a small JSON file. After a crash in between, `readStoredJson` returns undefined. @throws LabError storage */
export async function writeStoredJson(store: DownloadStore, path: string, value: unknown): Promise<void> {
  const writer = await store.write(path);
  try {
    await writer.truncate(0);
    await writer.write(0, new TextEncoder().encode(JSON.stringify(value)));
    await writer.flush();
  } finally {
    await writer.close();
  }
}
