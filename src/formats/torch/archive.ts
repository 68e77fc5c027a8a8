import { LabError } from '../../base/errors';
import type { ByteSource } from '../byteSource';
import { verifyChecksum } from './verifyChecksum';
import { badTorch, CONVERT_TO_SAFETENSORS, unsupportedTorch } from './errors';
import { quoted } from '../../base/shown';
import { checkSize, torchHost } from './host';
import { unpickle } from './pickle/unpickle';
import type { PickleValue } from './pickle/values';
import { readExactly } from './readExactly';
import type { FindStorage } from './types';
import { readZip, type ZipEntry } from './zip';

/** The maximum size of a pickle. One that describes ten thousand tensors needs about 1 MB. */
export const MAX_PICKLE_BYTES = 8 << 20;
const PICKLE = '/data.pkl';
const SCRIPT = '/constants.pkl';

type Archive = ReadonlyMap<string, ZipEntry>;

/**
 * Reads the value in a file of PyTorch 1.6 or later: a zip archive with a pickle and the storages it refers to.
 * @throws LabError as openTorch; Cancelled
 */
export async function readArchive(source: ByteSource, signal?: AbortSignal): Promise<PickleValue> {
  const archive = await readZip(source, signal);
  const root = rootOf(archive);
  if (archive.has(root + SCRIPT))
    throw unsupportedTorch(
      'is a TorchScript program, not just weights',
      'Save its weights as safetensors in Python.',
    );
  await checkByteOrder(source, archive.get(`${root}/byteorder`));
  const pickle = await readRecord(source, archive.get(root + PICKLE)!, MAX_PICKLE_BYTES);
  return unpickle(pickle, torchHost(storagesOf(archive, root))).value;
}

function storagesOf(archive: Archive, root: string): FindStorage {
  return (key, _elements, byteLength) => {
    const entry = archive.get(`${root}/data/${key}`);
    if (!entry) throw badTorch(`storage ${quoted(key)} is missing from the archive`);
    checkStored(entry);
    checkSize(key, byteLength, entry.byteLength);
    return entry;
  };
}

/** Returns the top-level folder of the archive. */
function rootOf(archive: Archive): string {
  const found = [...archive.keys()].filter(
    (name) => name.endsWith(PICKLE) && name.indexOf('/') === name.length - PICKLE.length,
  );
  if (found.length === 1) return found[0].slice(0, -PICKLE.length);
  throw badTorch(`its archive has ${found.length || 'no'} data.pkl in a top-level folder, instead of one`);
}

async function checkByteOrder(source: ByteSource, entry: ZipEntry | undefined): Promise<void> {
  if (!entry) return;
  const order = new TextDecoder().decode(await readRecord(source, entry, 16));
  if (order === 'big') throw unsupportedTorch('was written on a big-endian machine');
  if (order !== 'little') throw badTorch(`its byteorder is ${quoted(order)}`);
}

function checkStored({ name, method }: ZipEntry): void {
  if (method !== 0) throw unsupportedTorch(`stores ${quoted(name)} compressed, which PyTorch does not do`);
}

async function readRecord(source: ByteSource, entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const { name, begin, byteLength } = entry;
  checkStored(entry);
  if (byteLength > limit)
    throw new LabError(
      'limit',
      `${quoted(name)} in the PyTorch file has ${byteLength} bytes; at most ${limit} can be read.`,
      CONVERT_TO_SAFETENSORS,
    );
  const bytes = await readExactly(source, begin, byteLength, quoted(name));
  verifyChecksum(entry, bytes);
  return bytes;
}
