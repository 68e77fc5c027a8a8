import { createSHA1, createSHA256 } from 'hash-wasm';
import { LabError } from '../../base/errors';
import type { HubFile } from './types';

/** The incremental checksum of a file. */
export interface FileHash {
  update(bytes: Uint8Array): void;
  /** Starts again without any bytes. */
  restart(): void;
  /** Returns whether the checksum of all bytes so far is that of the hub. Call `restart` before adding more bytes. */
  matches(): boolean;
}

/**
 * Starts a checksum of the kind that the hub lists for a file: SHA-256 for large files, Git's blob hash for others
 * (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
 * @throws LabError bad-file if the hub lists no checksum
 */
export async function fileHash({ name, bytes, sha256, gitSha1 }: HubFile): Promise<FileHash> {
  const expected = sha256 ?? gitSha1;
  if (expected === undefined) throw unchecked(name);
  const hash = await (sha256 ? createSHA256() : createSHA1());
  const restart = () => {
    hash.init();
    if (!sha256) hash.update(new TextEncoder().encode(`blob ${bytes}\0`));
  };
  restart();
  return {
    update: (part) => void hash.update(part),
    restart,
    matches: () => hash.digest('hex') === expected,
  };
}

function unchecked(name: string): LabError {
  return new LabError(
    'bad-file',
    `The hub lists no checksum for ${name}, so the download could not be verified.`,
    'Choose another model, or another hub.',
  );
}

/** Returns the error about a file whose checksum differs from that of the hub. */
export function mismatch(name: string): LabError {
  return new LabError(
    'bad-file',
    `${name} did not have the checksum that the hub lists for it, and was deleted.`,
    'Try again later. If the error persists, a server in between changes the file: use another connection or hub.',
  );
}
