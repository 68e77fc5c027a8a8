import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WEIGHTS_FILE, type CheckpointFolder } from '../../models/load/export';
import { makeFolder, writeWhole } from './writeFile';

/**
 * Writes a checkpoint tensor by tensor, since its weights may not fit into memory. A folder created for it is removed on failure.
 * @throws LabError storage; what the weights throw; Cancelled
 */
export async function writeCheckpointFolder(
  folder: string,
  { files, weights }: CheckpointFolder,
  signal?: AbortSignal,
): Promise<void> {
  const made = await makeFolder(folder);
  try {
    await writeWhole(join(folder, WEIGHTS_FILE), weights(signal));
    for (const [name, bytes] of files) await writeWhole(join(folder, name), bytes);
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
    throw error;
  }
}
