import { concatenate } from '../base/concatenate';
import { crc32 } from './torch/crc32';

/** An image of 8-bit samples. */
export interface PngImage {
  width: number;
  height: number;
  /** 1 for grey, 3 for RGB. */
  channels: 1 | 3;
  /** Samples, [height, width, channels]. */
  samples: Uint8Array;
}

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOUR_TYPES = { 1: 0, 3: 2 } as const;

/** Writes a PNG file (W3C recommendation, third edition): 8 bits for each sample, rows without a filter. */
export async function writePng({ width, height, channels, samples }: PngImage): Promise<Uint8Array> {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, COLOUR_TYPES[channels]);
  const stride = width * channels;
  // Each row follows a byte that names its filter; 0 is none.
  const rows = new Uint8Array(height * (1 + stride));
  for (let y = 0; y < height; y++)
    rows.set(samples.subarray(y * stride, (y + 1) * stride), y * (1 + stride) + 1);
  return concatenate(Uint8Array, [
    SIGNATURE,
    chunk('IHDR', new Uint8Array(header.buffer)),
    chunk('IDAT', await deflate(rows)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** Compresses bytes in the format of zlib. */
async function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes.slice()]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
