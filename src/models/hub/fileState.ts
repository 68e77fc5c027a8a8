import * as v from 'valibot';
import { statePath, type ModelKey } from './paths';
import { readNote, writeNote } from './storedJson';
import type { DownloadStore, HubFile } from './types';

const state = v.object({
  etag: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  verified: v.optional(v.string()),
});

/** What is known of a stored file. */
export interface FileState {
  /** Of the answer the bytes come from; only a strong one, which alone may continue (RFC 9110, 13.1.5). */
  etag?: string;
  /** The checksum its bytes were found to have. Set only when it is whole and flushed. */
  verified?: string;
}

export async function readState(store: DownloadStore, key: ModelKey, name: string): Promise<FileState> {
  const { success, output } = v.safeParse(state, await readNote(store, statePath(key, name)));
  return success ? output : {};
}

export async function writeState(
  store: DownloadStore,
  key: ModelKey,
  name: string,
  next: FileState,
): Promise<void> {
  await writeNote(store, statePath(key, name), next);
}

/** What the hub says the content hashes to. */
export function checksumOf({ sha256, gitSha1 }: HubFile): string | undefined {
  return sha256 ?? gitSha1;
}
