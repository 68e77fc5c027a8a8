import { concatenate } from '../../../../../base/concatenate';
import type { MatrixShape } from '../../../../contract/codec';
import { damaged, part, type PartsOf } from '../../../../contract/parts';
import { findNonFinite32, float32Bytes, float32Values } from '../../../../kit/storedFloats';
import { powerOfTwoFrom } from '../../../../kit/transforms/fft';
import type { TransformBatch } from '../../../../kit/transforms/flat';
import { inflate } from './zlib';

const CHUNK = 2048;
const MIN_LENGTH = 64;
/** The number of streams of a chunk: indices, real codes, imaginary codes. */
const STREAMS = 3;
/** The maximum bytes that zlib adds to incompressible data. */
const ZLIB_OVERHEAD = 64;
const MAX_SCALE = 2 ** 105;
const MIN_SCALE = 2 ** -115;

/** A chunk of `weights` weights, padded with zeros to `length`. */
export interface PaddedChunk {
  first: number;
  weights: number;
  length: number;
}

/** Divides a tensor of `total` weights into chunks. */
export function paddedChunks(total: number): PaddedChunk[] {
  const chunks: PaddedChunk[] = [];
  for (let first = 0; first < total; first += CHUNK) {
    const weights = Math.min(CHUNK, total - first);
    chunks.push({ first, weights, length: Math.max(MIN_LENGTH, powerOfTwoFrom(weights)) });
  }
  return chunks;
}

/** Groups consecutive chunks of equal length into batches of at most `fit` chunks. */
export function chunkBatches(
  chunks: readonly PaddedChunk[],
  fit: number,
): (TransformBatch & { weights: number })[] {
  const whole = chunks.filter(({ weights }) => weights === CHUNK).length;
  const found: (TransformBatch & { weights: number })[] = [];
  for (let i = 0; i < whole; i += fit) {
    const blocks = Math.min(fit, whole - i);
    found.push({ first: i * CHUNK, length: CHUNK, blocks, weights: blocks * CHUNK });
  }
  const tail = chunks[whole];
  if (tail) found.push({ first: tail.first, length: tail.length, blocks: 1, weights: tail.weights });
  return found;
}

/** The chunks of a flattened matrix, and the options of their coefficients. */
export interface PercentileLayout {
  chunks: readonly PaddedChunk[];
  percentile: number;
  /** The bits of a real or imaginary part. */
  bits: number;
  /** The largest code, 2^(bits−1) − 1. */
  levels: number;
}

/** Makes the layout. */
export function percentileLayout(
  [rows, columns]: MatrixShape,
  { percentile, bits }: { percentile: number; bits: number },
): PercentileLayout {
  return { chunks: paddedChunks(rows * columns), percentile, bits, levels: 2 ** (bits - 1) - 1 };
}

/**
 * Describes the parts. `streams` U8 holds three zlib streams per chunk: kept indices as u16, and real and imaginary codes as int8 or
 * int16, little-endian. `lengths` U32 [chunks, 4] holds the number of kept coefficients and the bytes of the three streams. `scales` is
 * F32 [chunks].
 */
export function percentileParts({ chunks, bits }: PercentileLayout) {
  const perCoefficient = 2 + (2 * bits) / 8;
  const max = chunks.reduce((sum, { length }) => sum + length * perCoefficient + STREAMS * ZLIB_OVERHEAD, 0);
  return {
    streams: part('codes', 'U8', [max], { variable: true, unpadded: true }),
    lengths: part('tables', 'U32', [chunks.length, STREAMS + 1]),
    scales: part('scales', 'F32', [chunks.length]),
  };
}

export type PercentileParts = PartsOf<typeof percentileParts>;

/** The kept coefficients of a chunk: ascending indices, and the integers of real and imaginary parts, with c = codes · scale. */
export interface KeptCodes {
  indices: Uint16Array;
  real: Int16Array;
  imaginary: Int16Array;
  scale: number;
}

/** Makes the three uncompressed streams of a chunk. */
export function rawStreams({ indices, real, imaginary }: KeptCodes, bits: number): Uint8Array[] {
  const bytes = (codes: Int16Array) =>
    new Uint8Array(bits === 8 ? Int8Array.from(codes).buffer : codes.slice().buffer);
  return [new Uint8Array(indices.slice().buffer), bytes(real), bytes(imaginary)];
}

/** Makes the parts from the compressed streams of all chunks. `streams` has three per chunk. */
export function joinStreams(codes: readonly KeptCodes[], streams: readonly Uint8Array[]): PercentileParts {
  const joined = concatenate(Uint8Array, streams);
  const lengths = codes.flatMap(({ indices }, i) => [
    indices.length,
    ...streams.slice(STREAMS * i, STREAMS * (i + 1)).map(({ length }) => length),
  ]);
  return {
    streams: joined,
    lengths: new Uint8Array(Uint32Array.from(lengths).buffer),
    scales: float32Bytes(Float32Array.from(codes, ({ scale }) => scale)),
  };
}

/** Reads the kept coefficients of every chunk. @throws LabError bad-file naming the tensor */
export function readKeptCodes(
  name: string,
  parts: PercentileParts,
  { chunks, bits }: PercentileLayout,
): KeptCodes[] {
  const { streams } = parts;
  const lengths = new Uint32Array(parts.lengths.slice().buffer);
  const scales = float32Values(parts.scales);
  const bad = findNonFinite32(parts.scales);
  if (bad >= 0) throw damaged(name, `scale ${bad} is not a finite number`);
  if (scales.some((scale) => Math.abs(scale) > MAX_SCALE)) throw damaged(name, 'a scale exceeds 2^105');
  let at = 0;
  const next = (chunk: number, which: number, size: number) => {
    const end = at + lengths[(STREAMS + 1) * chunk + 1 + which];
    const data = end <= streams.length ? inflate(streams.subarray(at, end), size) : undefined;
    if (!data)
      throw damaged(name, `stream ${which} of chunk ${chunk} is not valid zlib data of ${size} bytes`);
    at = end;
    return data;
  };
  const kept = chunks.map(({ length }, chunk) => {
    const count = lengths[(STREAMS + 1) * chunk];
    if (count > length) throw damaged(name, `chunk ${chunk} keeps ${count} of ${length} coefficients`);
    const indices = new Uint16Array(next(chunk, 0, 2 * count).buffer);
    if (indices.some((index, i) => index >= length || (i > 0 && index <= indices[i - 1])))
      throw damaged(name, `the indices of chunk ${chunk} do not ascend within it`);
    const real = signed(next(chunk, 1, (count * bits) / 8), bits);
    const imaginary = signed(next(chunk, 2, (count * bits) / 8), bits);
    const scale = Math.abs(scales[chunk]) < MIN_SCALE ? 0 : scales[chunk];
    return { indices, real, imaginary, scale };
  });
  if (at !== streams.length) throw damaged(name, 'bytes follow its last stream');
  return kept;
}

function signed(bytes: Uint8Array, bits: number): Int16Array {
  return bits === 8 ? Int16Array.from(new Int8Array(bytes.buffer)) : new Int16Array(bytes.buffer);
}

/** Computes the rank below the percentile of `count` values, and the weight of the rank above it. */
export function percentileRank(percentile: number, count: number): { low: number; share: number } {
  const rank = (percentile / 100) * (count - 1);
  return { low: Math.floor(rank), share: rank - Math.floor(rank) };
}
