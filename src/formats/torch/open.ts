import { LabError } from '../../base/errors';
import type { ByteSource } from '../byteSource';
import { crc32 } from './crc32';
import { badFile, CONVERT, quote, unsupported } from './errors';
import { torchHost } from './host';
import { kindOf, PickleDict, type PickleValue } from './pickle/values';
import { unpickle } from './pickle/unpickle';
import { readExactly } from './readExactly';
import { TorchTensor, type TorchFile } from './types';
import { readZip, type ZipEntry } from './zip';

/** A file of ten thousand tensors needs about one megabyte. */
const MAX_PICKLE_BYTES = 8 << 20;
const PICKLE = '/data.pkl';
const SCRIPT = '/constants.pkl';

type Archive = ReadonlyMap<string, ZipEntry>;

/**
 * The tensors of a file that `torch.save` wrote since version 1.6: a zip archive of a pickle and the storages
 * (https://docs.pytorch.org/docs/stable/notes/serialization.html, "torch.save file format"). Only descriptions are read, not the values;
 * nothing in the file is executed. Memory is bounded by 128 times the bytes of the pickle and of the archive's directory.
 * @throws LabError bad-file naming the part that is wrong; unsupported for older files, programs (TorchScript), training checkpoints
 *   and everything else that is more than tensors by name; Cancelled
 */
export async function openTorch(source: ByteSource, signal?: AbortSignal): Promise<TorchFile> {
  await checkStart(source);
  const archive = await readZip(source, signal);
  const root = rootOf(archive);
  if (archive.has(root + SCRIPT))
    throw unsupported(
      'is a TorchScript program, not only weights',
      'Save its weights from Python as safetensors.',
    );
  await checkByteOrder(source, archive.get(`${root}/byteorder`));
  const pickle = await readRecord(source, archive.get(root + PICKLE)!, MAX_PICKLE_BYTES);
  const host = torchHost((key) => storedOnly(archive.get(`${root}/data/${key}`)));
  return { tensors: stateDict(unpickle(pickle, host)) };
}

const ZIP_START = [0x50, 0x4b];
const PICKLE_START = 0x80;

/** Files from before version 1.6 are a pickle from their first byte. */
async function checkStart(source: ByteSource): Promise<void> {
  const start = await readExactly(source, 0, Math.min(2, source.size), 'its beginning');
  if (ZIP_START.every((byte, i) => start[i] === byte)) return;
  if (start[0] === PICKLE_START)
    throw unsupported('was written in the format of torch before 1.6, which is not read');
  throw badFile('it does not begin as a zip archive does');
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

function storedOnly(entry: ZipEntry | undefined): ZipEntry | undefined {
  if (!entry || entry.method === 0) return entry;
  throw unsupported(`has its part ${quote(entry.name)} compressed, which torch never does`);
}

async function readRecord(source: ByteSource, entry: ZipEntry, limit: number): Promise<Uint8Array> {
  const { name, begin, byteLength } = storedOnly(entry)!;
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

/**
 * Compares a part of the archive with the checksum written beside it.
 * @throws LabError bad-file
 */
export function checkSum({ name, crc32: expected }: ZipEntry, bytes: Uint8Array): void {
  if (crc32(bytes) !== expected)
    throw badFile(`the checksum of ${quote(name)} in its archive is wrong, so the file is damaged`);
}

function stateDict(value: PickleValue): Map<string, TorchTensor> {
  const remedy = `Save only the weights: torch.save(model.state_dict(), file). Or: ${CONVERT}`;
  if (!(value instanceof PickleDict))
    throw unsupported(`holds ${kindOf(value)}, not tensors by name`, remedy);
  const tensors = new Map<string, TorchTensor>();
  for (const [key, item] of value.entries()) {
    if (typeof key !== 'string' || !(item instanceof TorchTensor))
      throw unsupported(
        `holds ${kindOf(item)} under ${quote(String(key))}, not only tensors by name`,
        remedy,
      );
    tensors.set(key, item);
  }
  return tensors;
}
