import { createSHA1, createSHA256 } from 'hash-wasm';
import { LabError } from '../../base/errors';
import type { HubFile } from './types';

/** The checksum of a file as its bytes come. */
export interface FileHash {
  update(bytes: Uint8Array): void;
  /** Forgets everything. */
  restart(): void;
  /** Whether all bytes so far are the file the hub lists; `restart` before more come. */
  matches(): boolean;
}

/**
 * Hashes as the hub does: SHA-256 of large files, Git's blob hash of the others
 * (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
 * @throws LabError bad-file where the hub lists no checksum
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
    `The hub lists no checksum for ${name}: nobody could tell whether it arrived unharmed.`,
    'Choose another model, or another hub.',
  );
}

/** What arrived is not what the hub lists. */
export function mismatch(name: string): LabError {
  return new LabError(
    'bad-file',
    `${name} did not arrive with the checksum the hub lists for it, and was deleted.`,
    'Try again later; if it stays so, a server on the way changes the file: use another connection or hub.',
  );
}
