import { readZip } from '../zip';
import { bytesSource } from '../../byteSource';
import { crc32 as sumOf } from '../crc32';

/** A file of an archive to write; the optional fields override the correct values. */
export interface Part {
  name: string;
  bytes: Uint8Array;
  method?: number;
  flags?: number;
  crc32?: number;
}

export interface ZipOptions {
  /** Whether sizes and offsets are in 64-bit fields. */
  wide?: boolean;
  comment?: string;
}

const ONES = 0xffffffff;

/** Returns little-endian fields from [size in bytes, value] pairs. */
function fields(...values: readonly (readonly [size: 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([size, value]) => {
      const bytes = Buffer.alloc(size);
      if (size === 8) bytes.writeBigUInt64LE(BigInt(value));
      else bytes.writeUIntLE(value, 0, size);
      return bytes;
    }),
  );
}

function local({ name, bytes, method = 0, flags = 0, crc32 }: Part): Buffer {
  const sum = crc32 ?? sumOf(bytes);
  const path = Buffer.from(name);
  const head = fields([4, 0x04034b50], [2, 20], [2, flags], [2, method], [4, 0], [4, sum]);
  const sizes = fields([4, bytes.length], [4, bytes.length], [2, path.length], [2, 0]);
  return Buffer.concat([head, sizes, path, bytes]);
}

function central(part: Part, at: number, wide: boolean): Buffer {
  const { name, bytes, method = 0, flags = 0, crc32 = sumOf(bytes) } = part;
  const path = Buffer.from(name);
  const extra = wide
    ? fields([2, 1], [2, 24], [8, bytes.length], [8, bytes.length], [8, at])
    : Buffer.alloc(0);
  const size = wide ? ONES : bytes.length;
  return Buffer.concat([
    fields([4, 0x02014b50], [2, 20], [2, 20], [2, flags], [2, method], [4, 0], [4, crc32]),
    fields([4, size], [4, size], [2, path.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0]),
    fields([4, wide ? ONES : at]),
    path,
    extra,
  ]);
}

/** Returns a zip archive of the parts, uncompressed. */
export function writeZip(
  parts: readonly Part[],
  { wide = false, comment = '' }: ZipOptions = {},
): Uint8Array {
  const locals = parts.map(local);
  const places = locals.map((_, i) => locals.slice(0, i).reduce((sum, { length }) => sum + length, 0));
  const directory = Buffer.concat(parts.map((part, i) => central(part, places[i], wide)));
  const offset = locals.reduce((sum, { length }) => sum + length, 0);
  const count = parts.length;
  const end64 = Buffer.concat([
    fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]),
    fields([8, directory.length], [8, offset]),
    fields([4, 0x07064b50], [4, 0], [8, offset + directory.length], [4, 1]),
  ]);
  const end = Buffer.concat([
    fields([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count]),
    fields([4, wide ? ONES : directory.length], [4, wide ? ONES : offset], [2, comment.length]),
    Buffer.from(comment, 'latin1'),
  ]);
  return new Uint8Array(Buffer.concat([...locals, directory, ...(wide ? [end64] : []), end]));
}

/** Returns a PyTorch file with the pickle and the storages. */
export function torchArchive(
  pickle: Uint8Array,
  storages: readonly Uint8Array[] = [],
  options: ZipOptions = {},
): Uint8Array {
  const parts = storages.map((bytes, i) => ({ name: `m/data/${i}`, bytes }));
  return writeZip([{ name: 'm/data.pkl', bytes: pickle }, ...parts], options);
}

/** Returns the parts of an archive, to change and write again. */
export async function partsOf(bytes: Uint8Array): Promise<Part[]> {
  const entries = await readZip(bytesSource(bytes));
  return [...entries.values()].map(({ name, begin, byteLength }) => ({
    name,
    bytes: bytes.slice(begin, begin + byteLength),
  }));
}
