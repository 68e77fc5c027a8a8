import { LabError } from '../../base/errors';
import type { PickedFile } from '../../models/load/pickedFiles';

/** More than any model has; a home directory dropped by mistake is not walked to its end. */
const MOST_FILES = 10_000;

/**
 * The files of a drop, those inside folders too. Has to be called while the drop is handled: afterwards the browser has
 * forgotten what was dropped.
 * @throws LabError bad-input when a file cannot be read, or there are too many
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
    if (found.length + waiting.length > MOST_FILES) throw tooMany();
    if (entry.isDirectory) waiting.push(...(await entriesOf(entry as FileSystemDirectoryEntry)));
    else
      found.push({
        path: entry.fullPath.replace(/^\//, ''),
        file: await fileOf(entry as FileSystemFileEntry),
      });
  }
  return found;
}

/** Browsers hand out a folder's entries in portions; an empty one is the last. */
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, (error) => reject(unreadable(folder, error))),
    );
    if (portion.length === 0) return all;
    all.push(...portion);
    if (all.length > MOST_FILES) throw tooMany();
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
    `More than ${MOST_FILES} files were dropped, more than a model has.`,
    'Drop the folder of one model.',
  );
}
