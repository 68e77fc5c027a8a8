import * as zlib from 'node:zlib';
import type { Compressors } from 'hyparquet';

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
/** Zstandard needs Node 22.15 or newer, which the types do not know yet. */
const { zstdDecompressSync } = zlib as { zstdDecompressSync?: Decompress };

/** What Node can decompress of Parquet besides Snappy. Each stops once the result is larger than the page says. */
export const PARQUET_COMPRESSORS: Compressors = {
  GZIP: limited(zlib.gunzipSync),
  BROTLI: limited(zlib.brotliDecompressSync),
  ...(zstdDecompressSync && { ZSTD: limited(zstdDecompressSync) }),
};

function limited(decompress: Decompress): (bytes: Uint8Array, size: number) => Uint8Array {
  return (bytes, size) => decompress(bytes, { maxOutputLength: Math.max(1, size) });
}
