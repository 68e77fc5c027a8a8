import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FuzzFailure } from './runner';

/** Where files go that a reader failed on. */
const FOLDER = '.cache/fuzz';

/** Writes the file of a failure and says where it is. @throws the failure, with the path and how to read the file again */
export function reproduce(error: unknown): never {
  if (!(error instanceof FuzzFailure)) throw error;
  const path = writeCase(error.reader, error.seed, error.index, error.bytes);
  throw new Error(
    `${error.message}\nThe smallest such file found: ${path}\nAgain: npm run fuzz -- --reader ${error.reader} --file ${path}`,
    { cause: error.cause },
  );
}

/** @returns the path of the file written */
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
