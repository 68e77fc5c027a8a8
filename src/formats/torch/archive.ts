import { LabError } from '../../base/errors';
import type { ByteSource } from '../byteSource';
import { checkSum } from './checkSum';
import { badFile, CONVERT, quote, unsupported } from './errors';
import { checkSize, torchHost } from './host';
import { unpickle } from './pickle/unpickle';
import type { PickleValue } from './pickle/values';
import { readExactly } from './readExactly';
import type { FindStorage } from './types';
import { readZip, type ZipEntry } from './zip';

/** A file of ten thousand tensors needs about one megabyte. */
export const MAX_PICKLE_BYTES = 8 << 20;
const PICKLE = '/data.pkl';
const SCRIPT = '/constants.pkl';

type Archive = ReadonlyMap<string, ZipEntry>;

/**
 * The value a file of torch 1.6 or later holds: a zip archive of a pickle and, beside it, the storages it refers to.
 * @throws LabError as openTorch; Cancelled
 */
export async function readArchive(source: ByteSource, signal?: AbortSignal): Promise<PickleValue> {
  const archive = await readZip(source, signal);
  const root = rootOf(archive);
  if (archive.has(root + SCRIPT))
    throw unsupported(
      'is a TorchScript program, not only weights',
      'Save its weights from Python as safetensors.',
    );
  await checkByteOrder(source, archive.get(`${root}/byteorder`));
  const pickle = await readRecord(source, archive.get(root + PICKLE)!, MAX_PICKLE_BYTES);
  return unpickle(pickle, torchHost(storagesOf(archive, root))).value;
}

function storagesOf(archive: Archive, root: string): FindStorage {
  return (key, _elements, byteLength) => {
    const entry = archive.get(`${root}/data/${key}`);
    if (!entry) throw badFile(`storage ${quote(key)} is not in the archive`);
    checkStored(entry);
    checkSize(key, byteLength, entry.byteLength);
    return entry;
  };
}

/** The folder in the archive that everything lies in. */
function rootOf(archive: Archive): string {
  const found = [...archive.keys()].filter(
    (name) => name.endsWith(PICKLE) && name.indexOf('/') === name.length - PICKLE.length,
  );
  if (found.length === 1) return found[0].slice(0, -PICKLE.length);
  throw badFile(`it has ${found.length || 'no'} data.pkl at the top of its archive`);
}

async function checkByteOrder(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (!entry) return;
  const order = new TextDecoder().decode(await readRecord(source, entry, 16));
  if (order === 'big') throw unsupported('was written on a big-endian machine');
  if (order !== 'little') throw badFile(`its byteorder is ${quote(order)}`);
}

function checkStored({ name, method }: ZipEntry): void {
  if (method !== 0) throw unsupported(`has its part ${quote(name)} compressed, which torch never does`);
}

async function readRecord(source: ByteSource, entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const { name, begin, byteLength } = entry;
  checkStored(entry);
  if (byteLength > limit)
    throw new LabError(
      'limit',
      `${quote(name)} in the torch file has ${byteLength} bytes, more than the ${limit} that are read.`,
      CONVERT,
    );
  const bytes = await readExactly(source, begin, byteLength, quote(name));
  checkSum(entry, bytes);
  return bytes;
}
