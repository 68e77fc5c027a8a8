import type { DownloadStore } from './types';

/** Of a note of ours about a download; larger ones are not ours. */
const MAX_NOTE_BYTES = 4 << 20;

/** A small JSON file of the store; undefined when there is none, or half of one after a crash. */
export async function readNote(store: DownloadStore, path: string): Promise<unknown> {
  const source = await store.read(path);
  if (!source || source.size > MAX_NOTE_BYTES) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, source.size)));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Replaces a small JSON file; after a crash in between the reader finds none. @throws LabError storage */
export async function writeNote(store: DownloadStore, path: string, note: unknown): Promise<void> {
  const writer = await store.write(path);
  try {
    await writer.truncate(0);
    await writer.write(0, new TextEncoder().encode(JSON.stringify(note)));
    await writer.flush();
  } finally {
    await writer.close();
  }
}
