import { snappyUncompress, type CompressionCodec, type Compressors } from 'hyparquet';
import { ParquetCursor } from './cursor';

/**
 * Decompresses a page.
 * @param size its bytes, as stated
 * @throws Error unless it has just as many
 */
export function decompressed(
  page: ParquetCursor,
  size: number,
  codec: CompressionCodec,
  compressors: Compressors,
): ParquetCursor {
  const compressed = page.bytes.subarray(page.at, page.end);
  const bytes = decompress(compressed, size, codec, compressors);
  if (bytes.length !== size) throw new Error(`a page has ${bytes.length} bytes instead of ${size}`);
  return new ParquetCursor(bytes);
}

function decompress(
  compressed: Uint8Array,
  size: number,
  codec: CompressionCodec,
  compressors: Compressors,
): Uint8Array {
  if (codec === 'UNCOMPRESSED') return compressed;
  const known = compressors[codec];
  if (known) return known(compressed, size);
  if (codec !== 'SNAPPY') throw new Error(`its compression ${codec} cannot be read`);
  if (snappySize(new ParquetCursor(compressed)) !== size)
    throw new Error(`a page does not decompress to ${size} bytes`);
  const bytes = new Uint8Array(size);
  snappyUncompress(compressed, bytes);
  return bytes;
}

/**
 * Returns the number of bytes that Snappy's elements decompress to (google/snappy, format_description.txt). The library goes back and
 * never ends if the length of a literal is negative as a 32-bit integer.
 */
function snappySize(cursor: ParquetCursor): number {
  let size = 0;
  if (cursor.left > 0) cursor.varint();
  while (cursor.left > 0) {
    const tag = cursor.byte();
    const kind = tag & 3;
    let length = (tag >> 2) + 1;
    if (kind === 0) {
      if (length > 60) length = cursor.uint(length - 60) + 1;
      cursor.skip(length);
    } else {
      if (kind === 1) length = ((tag >> 2) & 7) + 4;
      const offset = kind === 1 ? cursor.byte() + 256 * (tag >> 5) : cursor.uint(kind === 2 ? 2 : 4);
      if (offset < 1 || offset > size) throw new Error(`a page repeats bytes ${offset} before byte ${size}`);
    }
    size += length;
  }
  return size;
}
