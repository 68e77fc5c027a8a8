import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuzzFailure } from './runner';

/** The folder of files on which a reader failed. */
const FOLDER = '.cache/fuzz';

/** Writes the file of a failure. @throws Error with the failure, the path and the command that reads the file again */
export function reproduce(error: unknown): never {
  if (!(error instanceof FuzzFailure)) throw error;
  const path = writeCase(error.reader, error.seed, error.index, error.bytes);
  throw new Error(
    `${error.message}\nThe smallest such file: ${path}\nTo read it again: npm run fuzz -- --reader ${error.reader} --file ${path}`,
    { cause: error.cause },
  );
}

/** Writes a file. @returns its path */
export function writeCase(
  reader: string,
  seed: number,
  index: number | undefined,
  bytes: Uint8Array,
): string {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${reader}-${seed}-${index ?? 'made'}.bin`);
  writeFileSync(path, bytes);
  return path;
}
