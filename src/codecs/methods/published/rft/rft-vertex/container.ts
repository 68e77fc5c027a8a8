import { concatenate } from '../../../../../base/concatenate';
import { damaged } from '../../../../contract/parts';
import { toBase64 } from '../../../../kit/transforms/base64';
import { StoredJson } from '../../../../kit/transforms/json';
import { amplitudeOf, isKept, phaseOf, polarWord, rint } from '../../../../kit/transforms/polar';
import type { ComplexVector } from '../../../../kit/transforms/complexMatrix';
import type { TransformBatch } from '../../../../kit/transforms/flat';
import { ansDecode, ansEncode, countSymbols, ANS_PRECISION } from './ans';
import { sha256 } from '../../../../kit/sha256';
import type { VertexLayout } from './layout';

/** The maximum modulus in a file, up to which float32 holds every sum of coefficients. */
const MAX_PEAK = 2 ** 105;
/** The peak below which coefficients are zero on every adapter. */
const MIN_PEAK = 2 ** -110;
const CHECKSUM_TOLERANCE = 1e-9;

/** One stored chunk: the words of its coefficients (polar.ts) and its largest modulus, or the coefficients themselves. */
export type Chunk = { words: Uint32Array; peak: number } | { coefficients: ComplexVector };

/** Writes the JSON document of a tensor. */
export function writeContainer(
  values: Float32Array,
  layout: VertexLayout,
  chunks: readonly { at: TransformBatch; chunk: Chunk }[],
): Uint8Array {
  const header = JSON.stringify({
    type: 'rft_vertex_tensor_container',
    version: 1,
    dtype: 'float32',
    original_shape: layout.shape,
    total_length: values.length,
    chunk_size: layout.chunk,
    checksum: checksums(values),
  });
  const pieces = [header.slice(0, -1), ',"chunks":['];
  chunks.forEach(({ at, chunk }, i) => {
    const { first, length } = at;
    const codec =
      'words' in chunk ? lossyCodec(chunk.words, chunk.peak, layout) : losslessCodec(chunk.coefficients);
    pieces.push(
      i ? ',' : '',
      JSON.stringify({
        chunk_index: i,
        offset: first,
        length,
        rft_size: length,
        backend: layout.basis,
        seed: 0,
        codec,
      }),
    );
  });
  return joined([...pieces, ']}']);
}

function joined(pieces: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  return concatenate(
    Uint8Array,
    pieces.map((piece) => encoder.encode(piece)),
  );
}

/** Computes SHA-256 of the float64 data, and of the data rounded to multiples of the tolerance. */
function checksums(values: Float32Array) {
  const bytes = (data: Float64Array) => new Uint8Array(data.buffer);
  return {
    sha256: sha256(bytes(Float64Array.from(values))),
    tolerance: CHECKSUM_TOLERANCE,
    tolerant: sha256(bytes(Float64Array.from(values, (value) => rint(value / CHECKSUM_TOLERANCE)))),
  };
}

function losslessCodec(c: ComplexVector) {
  const vertices = Array.from({ length: c.length / 2 }, (_, index) => {
    const [real, imaginary] = [c[2 * index], c[2 * index + 1]];
    const amplitude = Math.hypot(real, imaginary);
    return { index, real, imaginary, amplitude, phase: Math.atan2(imaginary, real) };
  });
  return { mode: 'lossless', vertices };
}

function lossyCodec(words: Uint32Array, peak: number, { scale, rans }: VertexLayout) {
  const kept = words.filter(isKept);
  const { amplitudeBits, phaseBits } = scale;
  return {
    mode: 'lossy',
    mask: toBase64(maskOf(words)),
    kept_count: kept.length,
    amplitude: {
      bits: amplitudeBits,
      levels: 2 ** amplitudeBits,
      max_amplitude: peak,
      payload: payload(kept.map(amplitudeOf), amplitudeBits, rans),
    },
    phase: {
      bits: phaseBits,
      levels: 2 ** phaseBits,
      payload: payload(kept.map(phaseOf), phaseBits, rans),
    },
    ans_precision: ANS_PRECISION,
  };
}

/** Makes a mask with one bit per coefficient, the most significant bit of a byte first. */
function maskOf(words: Uint32Array): Uint8Array {
  const mask = new Uint8Array(Math.ceil(words.length / 8));
  words.forEach((code, k) => {
    if (isKept(code)) mask[k >> 3] |= 0x80 >> (k & 7);
  });
  return mask;
}

function payload(codes: Uint32Array, bits: number, rans: boolean) {
  if (!rans) return { encoding: 'raw', dtype: dtypeOf(bits), data: toBase64(packed(codes, bits)) };
  const counts = countSymbols(codes);
  const data = codes.length ? packed(ansEncode(codes, counts), 16) : new Uint8Array();
  return { encoding: 'ans', counts: Object.fromEntries(counts), data: toBase64(data) };
}

/** Finds the smallest unsigned type that holds `bits` bits. */
function dtypeOf(bits: number): 'uint8' | 'uint16' {
  return bits > 8 ? 'uint16' : 'uint8';
}

function packed(codes: ArrayLike<number>, bits: number): Uint8Array {
  return bits > 8 ? new Uint8Array(Uint16Array.from(codes).buffer) : Uint8Array.from(codes);
}

/** Reads the chunks of a container. @throws LabError bad-file naming the tensor */
export function readContainer(
  name: string,
  bytes: Uint8Array,
  layout: VertexLayout,
  chunks: readonly TransformBatch[],
): Chunk[] {
  const container = StoredJson.parse(name, bytes);
  container.equals('type', 'rft_vertex_tensor_container');
  container.equals('version', 1);
  return container.list('chunks', chunks.length).map((stored, i) => {
    stored.equals('offset', chunks[i].first);
    stored.equals('length', chunks[i].length);
    const codec = stored.object('codec');
    codec.equals('mode', layout.lossless ? 'lossless' : 'lossy');
    return layout.lossless
      ? readLossless(codec, chunks[i].length)
      : readLossy(codec, chunks[i].length, layout);
  });
}

function readLossless(codec: StoredJson, length: number): Chunk {
  const coefficients = new Float64Array(2 * length);
  codec.list('vertices', length).forEach((vertex, k) => {
    vertex.equals('index', k);
    coefficients[2 * k] = vertex.number('real', -MAX_PEAK, MAX_PEAK);
    coefficients[2 * k + 1] = vertex.number('imaginary', -MAX_PEAK, MAX_PEAK);
  });
  return { coefficients };
}

function readLossy(codec: StoredJson, length: number, layout: VertexLayout): Chunk {
  const mask = codec.bytes('mask', Math.ceil(length / 8));
  const kept = Array.from({ length }, (_, k) => k).filter((k) => mask[k >> 3] & (0x80 >> (k & 7)));
  codec.equals('kept_count', kept.length);
  const amplitude = codec.object('amplitude');
  const peak = amplitude.number('max_amplitude', 0, MAX_PEAK);
  const amplitudes = readPayload(amplitude, layout.scale.amplitudeBits, kept.length, layout);
  const phases = readPayload(codec.object('phase'), layout.scale.phaseBits, kept.length, layout);
  const words = new Uint32Array(length);
  kept.forEach((k, i) => (words[k] = polarWord(amplitudes[i], phases[i])));
  return { words, peak: peak < MIN_PEAK ? 0 : Math.fround(peak) };
}

function readPayload(
  stream: StoredJson,
  bits: number,
  count: number,
  { rans, ansAsBytes }: VertexLayout,
): Uint32Array {
  stream.equals('bits', bits);
  const stored = stream.object('payload');
  stored.equals('encoding', rans ? 'ans' : 'raw');
  const codes = rans
    ? readAns(stored, count, 2 ** bits, ansAsBytes)
    : unpacked(stored.bytes('data', count * (bits > 8 ? 2 : 1)), bits);
  if (codes.some((code) => code >= 2 ** bits)) throw damaged(stored.name, `a code exceeds its ${bits} bits`);
  return codes;
}

function unpacked(bytes: Uint8Array, bits: number): Uint32Array {
  return Uint32Array.from(bits > 8 ? new Uint16Array(bytes.slice().buffer) : bytes);
}

/** Reads entropy-coded codes. @param asBytes reproduces a defect of the published decoder, which reads bytes as the coder's 16-bit words */
function readAns(stored: StoredJson, count: number, levels: number, asBytes: boolean): Uint32Array {
  const bytes = stored.bytes('data');
  const counts = new Map(
    stored.entries('counts').map(([symbol, times]) => {
      const valid = /^\d+$/.test(symbol) && Number(symbol) < levels;
      if (!valid || !Number.isSafeInteger(times) || Number(times) < 1 || Number(times) > count)
        throw stored.wrong('counts', 'a table of symbols');
      return [Number(symbol), Number(times)];
    }),
  );
  if (count === 0) return new Uint32Array();
  if (counts.size === 0 || bytes.length % 2) throw stored.wrong('data', 'a message in 16-bit words');
  return ansDecode(asBytes ? bytes : unpacked(bytes, 16), counts, count);
}
