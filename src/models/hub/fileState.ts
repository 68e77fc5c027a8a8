import * as v from 'valibot';
import { statePath, type ModelKey } from './paths';
import { readStoredJson, writeStoredJson } from './storedJson';
import type { DownloadStore, HubFile } from './types';

const state = v.object({
  etag: v.optional(v.pipe(v.string(), v.maxLength(1000))),
  verified: v.optional(v.string()),
});

/** The stored state of a file. */
export interface FileState {
  /** The strong entity tag of the response that the bytes come from; only strong tags allow resuming (RFC 9110, 13.1.5). */
  etag?: string;
  /** The verified checksum of the bytes, set only when the file is complete and flushed. */
  verified?: string;
}

/** Reads the state of a file; {} if there is none. */
export async function readState(store: DownloadStore, key: ModelKey, name: string): Promise<FileState> {
  const { success, output } = v.safeParse(state, await readStoredJson(store, statePath(key, name)));
  return success ? output : {};
}

/** Replaces the state of a file. */
export async function writeState(
  store: DownloadStore,
  key: ModelKey,
  name: string,
  next: FileState,
): Promise<void> {
  await writeStoredJson(store, statePath(key, name), next);
}

/** Returns the checksum that the hub lists for a file, hex. */
export function checksumOf({ sha256, gitSha1 }: HubFile): string | undefined {
  return sha256 ?? gitSha1;
}
