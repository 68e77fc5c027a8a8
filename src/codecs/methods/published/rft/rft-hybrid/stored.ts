import { bitstreamBytes, readCode, writeCode } from '../../../../kit/bits';
import type { MatrixShape } from '../../../../contract/codec';
import { type Parts, damaged } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { toBase64 } from '../../../../kit/transforms/base64';
import { StoredJson } from '../../../../kit/transforms/json';
import { amplitudeOf, phaseOf, word } from '../../../../kit/transforms/polar';
import { sha256 } from '../../../../kit/sha256';
import { hybridLayout, type HybridLayout } from './layout';
import { bandCount, predictorSize } from './predictor';

/** Largest modulus, and largest weight of a network, that a file may name. */
const LARGEST = 2 ** 105;
const LARGEST_WEIGHT = 100;

/** What is stored of a tensor, in whatever form. */
export interface HybridData {
  /** Kept coefficients, ascending. */
  indices: Uint32Array;
  /** Their words (polar.ts)… */
  words?: Uint32Array;
  /** …between these moduli; */
  range?: { least: number; most: number };
  /** or, unquantised, their real and imaginary parts in turn. */
  coefficients?: Float32Array;
  predictor?: Float32Array;
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const codesOf = (data: HybridData, of: (code: number) => number) => Uint16Array.from(data.words!, of);

export function writeParts(data: HybridData, shape: MatrixShape, options: CodecOptions): Parts {
  const layout = hybridLayout(shape, options);
  return layout.packed
    ? packedParts(data, layout)
    : new Map([['container', document(data, shape, options, layout)]]);
}

function packedParts(data: HybridData, layout: HybridLayout): Parts {
  const parts = new Map<string, Uint8Array>();
  if (data.indices.length < layout.weights) {
    const mask = new Uint8Array(bitstreamBytes(layout.weights, 1));
    for (const k of data.indices) mask[k >> 3] |= 1 << (k & 7);
    parts.set('mask', mask);
  }
  if (data.coefficients) return parts.set('coefficients', bytesOf(data.coefficients));
  parts.set('amplitude', stream(codesOf(data, amplitudeOf), layout.amplitudeBits));
  parts.set('phase', stream(codesOf(data, phaseOf), layout.phaseBits));
  parts.set('range', bytesOf(Float32Array.of(data.range!.least, data.range!.most)));
  if (data.predictor) parts.set('predictor', bytesOf(data.predictor));
  return parts;
}

function stream(codes: Uint16Array, bits: number): Uint8Array {
  const bytes = new Uint8Array(bitstreamBytes(codes.length, bits));
  codes.forEach((code, i) => writeCode(bytes, 0, i, bits, code));
  return bytes;
}

/** The JSON document of a tensor; its predictor, if any, in the document instead of a file for all tensors. */
function document(
  data: HybridData,
  shape: MatrixShape,
  options: CodecOptions,
  layout: HybridLayout,
): Uint8Array {
  const kept = data.indices.length;
  const bits = layout.quantised ? layout.amplitudeBits + layout.phaseBits : 64;
  const text = JSON.stringify({
    type: 'rft_hybrid_tensor',
    version: 1,
    original_shape: shape,
    bands: Array.from({ length: bandCount(layout.block) }, (_, i) => 64 * (2 ** i - 1)),
    codec: options,
    sparsity: 1 - kept / layout.weights,
    kept_coeff: kept,
    total_coeff: layout.weights,
    bitrate_coeff: (bits * kept) / layout.weights,
    payload: { indices: toBase64(bytesOf(data.indices)), ...payload(data) },
    ...(data.predictor && {
      predictor: { weights: toBase64(bytesOf(data.predictor)), sha256: sha256(bytesOf(data.predictor)) },
    }),
  });
  return new TextEncoder().encode(text);
}

function payload(data: HybridData) {
  if (data.coefficients) return { coefficients: toBase64(bytesOf(data.coefficients)) };
  return {
    amplitude: toBase64(bytesOf(codesOf(data, amplitudeOf))),
    phase: toBase64(bytesOf(codesOf(data, phaseOf))),
    amp_scale: { min: data.range!.least, max: data.range!.most },
    phase_scale: { min: -Math.PI, max: Math.PI },
  };
}

/** Reads and checks what is stored. @throws LabError bad-file naming the tensor */
export function readParts(name: string, parts: Parts, shape: MatrixShape, options: CodecOptions): HybridData {
  const layout = hybridLayout(shape, options);
  const data = layout.packed
    ? readPacked(name, parts, layout)
    : readDocument(name, parts.get('container')!, layout);
  if (data.indices.some((k, i) => k >= layout.weights || (i > 0 && k <= data.indices[i - 1])))
    throw damaged(name, 'its indices do not ascend within the tensor');
  const wild = (values: Float32Array | undefined, limit: number) =>
    values?.some((x) => !(Math.abs(x) <= limit));
  if (wild(data.coefficients, LARGEST)) throw damaged(name, 'a coefficient is no number in range');
  if (wild(data.predictor, LARGEST_WEIGHT)) throw damaged(name, 'its predictor holds no number in range');
  if (
    data.range &&
    !(data.range.least >= 0 && data.range.least <= data.range.most && data.range.most <= LARGEST)
  )
    throw damaged(name, 'its range of moduli is none');
  checkCodes(name, data, layout);
  return data;
}

function checkCodes(name: string, { words }: HybridData, { amplitudeBits, phaseBits }: HybridLayout): void {
  if (words?.some((code) => amplitudeOf(code) >= 2 ** amplitudeBits || phaseOf(code) >= 2 ** phaseBits))
    throw damaged(name, 'a code exceeds its bits');
}

function readPacked(name: string, parts: Parts, layout: HybridLayout): HybridData {
  const mask = parts.get('mask');
  const all = Array.from({ length: layout.weights }, (_, k) => k);
  const indices = Uint32Array.from(mask ? all.filter((k) => mask[k >> 3] & (1 << (k & 7))) : all);
  const sized = (suffix: string, bytes: number) => {
    const part = parts.get(suffix)!;
    if (part.length !== bytes) throw damaged(name, `its part ${suffix} does not fit its mask`);
    return part;
  };
  if (!layout.quantised)
    return { indices, coefficients: floatsOf(sized('coefficients', 8 * indices.length)) };
  const amplitude = sized('amplitude', bitstreamBytes(indices.length, layout.amplitudeBits));
  const phase = sized('phase', bitstreamBytes(indices.length, layout.phaseBits));
  const words = Uint32Array.from(indices, (_, i) =>
    word(readCode(amplitude, 0, i, layout.amplitudeBits), readCode(phase, 0, i, layout.phaseBits)),
  );
  const [least, most] = floatsOf(parts.get('range')!);
  const predictor = parts.get('predictor');
  return { indices, words, range: { least, most }, ...(predictor && { predictor: floatsOf(predictor) }) };
}

function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer);
}

function readDocument(name: string, bytes: Uint8Array, layout: HybridLayout): HybridData {
  const container = StoredJson.parse(name, bytes);
  container.equals('type', 'rft_hybrid_tensor');
  container.equals('version', 1);
  container.equals('total_coeff', layout.weights);
  const kept = container.integer('kept_coeff', 0, layout.weights);
  const stored = container.object('payload');
  const indices = new Uint32Array(stored.bytes('indices', 4 * kept).buffer);
  if (!layout.quantised)
    return { indices, coefficients: new Float32Array(stored.bytes('coefficients', 8 * kept).buffer) };
  const amplitude = new Uint16Array(stored.bytes('amplitude', 2 * kept).buffer);
  const phase = new Uint16Array(stored.bytes('phase', 2 * kept).buffer);
  if (phase.some((code) => code >= 2 ** layout.phaseBits)) throw stored.wrong('phase', 'codes of its bits');
  const scale = stored.object('amp_scale');
  const data: HybridData = {
    indices,
    words: Uint32Array.from(amplitude, (code, i) => word(code, phase[i])),
    range: { least: scale.number('min', 0, LARGEST), most: scale.number('max', 0, LARGEST) },
  };
  if (!layout.predicted) return data;
  const network = container.object('predictor').bytes('weights', 4 * predictorSize(layout.block));
  container.object('predictor').equals('sha256', sha256(network));
  return { ...data, predictor: new Float32Array(network.buffer) };
}
