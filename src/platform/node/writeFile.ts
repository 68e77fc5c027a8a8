import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Cancelled, LabError } from '../../base/errors';

/**
 * Writes a file whole or not at all: under another name first, so that an interruption never leaves half of it.
 * @param content as a whole, or in parts so that it need not be in memory
 * @throws LabError storage with the path and the system's reason; what the parts throw
 */
export async function writeWhole(
  path: string,
  content: string | Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  await guarded(path, async () => {
    await mkdir(dirname(path), { recursive: true });
    try {
      await writeFile(temporary, content);
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  });
}

/**
 * @returns the outermost folder that had to be made for it, if any
 * @throws LabError storage
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  return guarded(path, () => mkdir(path, { recursive: true }));
}

/**
 * Runs what writes a file.
 * @throws LabError storage with the path and the system’s reason; Cancelled and what else the work throws on purpose
 */
export async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LabError || error instanceof Cancelled) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new LabError(
      'storage',
      `${path} cannot be written (${reason}).`,
      'Check the path, its permissions and the free disk space.',
      error,
    );
  }
}
