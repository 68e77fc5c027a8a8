import { LabError } from '../../base/errors';
import type { PickedFile } from '../../models/load/pickedFiles';

/** More files than any model has. The limit stops the reading of a home folder that was dropped by mistake. */
const MAX_FILES = 10_000;

/**
 * Reads the files of a drop, including those inside folders. It has to be called while the drop event is handled; afterwards the
 * browser denies access to them.
 * @throws LabError bad-input if a file cannot be read, or there are too many
 */
export function droppedFiles(dropped: DataTransfer): Promise<PickedFile[]> {
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length > 0) return walk(entries);
  return Promise.resolve([...dropped.files].map((file) => ({ path: file.name, file })));
}

async function walk(roots: readonly FileSystemEntry[]): Promise<PickedFile[]> {
  const found: PickedFile[] = [];
  const waiting = [...roots];
  for (let entry = waiting.shift(); entry; entry = waiting.shift()) {
    if (found.length + waiting.length > MAX_FILES) throw tooMany();
    if (entry.isDirectory) waiting.push(...(await entriesOf(entry as FileSystemDirectoryEntry)));
    else
      found.push({
        path: entry.fullPath.replace(/^\//, ''),
        file: await fileOf(entry as FileSystemFileEntry),
      });
  }
  return found;
}

/** Reads all entries of a folder. Browsers return them in batches, of which the last is empty. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, (error) => reject(unreadable(folder, error))),
    );
    if (batch.length === 0) return all;
    all.push(...batch);
    if (all.length > MAX_FILES) throw tooMany();
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, (error) => reject(unreadable(entry, error))));
}

function unreadable({ fullPath }: FileSystemEntry, cause: DOMException): LabError {
  return new LabError(
    'bad-input',
    `${fullPath} cannot be read (${cause.name}).`,
    'Check its permissions, or choose it with the button instead.',
    cause,
  );
}

function tooMany(): LabError {
  return new LabError(
    'bad-input',
    `More than ${MAX_FILES} files were dropped, which is more than any model has.`,
    'Drop the folder of one model.',
  );
}
