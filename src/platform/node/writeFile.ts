import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Cancelled, LabError } from '../../base/errors';

/**
 * Writes a file atomically: first under another name, so that an interruption does not leave half of it.
 * @param content the content, or its chunks so that it need not be in memory
 * @throws LabError storage with the path and the reason of the system; what the chunks throw
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
 * Creates a folder and its parents.
 * @returns the outermost folder that was created, if any
 * @throws LabError storage
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  return guarded(path, () => mkdir(path, { recursive: true }));
}

/**
 * Runs work that writes a file and converts errors of the system.
 * @throws LabError storage with the path and the reason of the system; LabError and Cancelled of the work
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
