import { bitstreamBytes, readCode, writeCode } from '../../../../kit/bits';
import { damaged } from '../../../../contract/parts';
import { float32Values } from '../../../../kit/storedFloats';
import { toBase64 } from '../../../../kit/transforms/base64';
import { StoredJson } from '../../../../kit/transforms/json';
import { amplitudeOf, phaseOf, polarWord, type ModulusRange } from '../../../../kit/transforms/polar';
import { sha256 } from '../../../../kit/sha256';
import { codeBits, type HybridLayout, type HybridParts } from './layout';
import { bandCount, predictorSize } from './predictor';

/** The maximum modulus, and the maximum weight of a network, in a file. */
const MAX_MODULUS = 2 ** 105;
const MAX_NETWORK_WEIGHT = 100;

/** The content of a tensor's parts, independent of the form of storage. */
export interface HybridData {
  /** The indices of the kept coefficients, ascending. */
  indices: Uint32Array;
  /** The words of the kept coefficients (polar.ts), if they are quantised. */
  words?: Uint32Array;
  /** The range of the kept moduli, if they are quantised. */
  range?: ModulusRange;
  /** The alternating real and imaginary parts of the kept coefficients, if they are not quantised. */
  coefficients?: Float32Array;
  predictor?: Float32Array;
}

const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
const codesOf = (data: HybridData, of: (code: number) => number) => Uint16Array.from(data.words!, of);

/** Makes the parts of a tensor. */
export function writeHybridData(data: HybridData, layout: HybridLayout): HybridParts {
  return layout.packed ? packedParts(data, layout) : { container: document(data, layout) };
}

function packedParts(data: HybridData, layout: HybridLayout): HybridParts {
  const mask = data.indices.length < layout.weights ? maskOf(data.indices, layout.weights) : undefined;
  const kept = mask && { mask };
  if (data.coefficients) return { ...kept, coefficients: bytesOf(data.coefficients) };
  const bits = codeBits(layout);
  return {
    ...kept,
    amplitude: stream(codesOf(data, amplitudeOf), bits.amplitude),
    phase: stream(codesOf(data, phaseOf), bits.phase),
    range: bytesOf(Float32Array.of(data.range!.min, data.range!.max)),
    ...(data.predictor && { predictor: bytesOf(data.predictor) }),
  };
}

/** Makes a mask with a bit per coefficient, which is set if the coefficient is kept. */
function maskOf(indices: Uint32Array, weights: number): Uint8Array {
  const mask = new Uint8Array(bitstreamBytes(weights, 1));
  for (const k of indices) mask[k >> 3] |= 1 << (k & 7);
  return mask;
}

function stream(codes: Uint16Array, bits: number): Uint8Array {
  const bytes = new Uint8Array(bitstreamBytes(codes.length, bits));
  codes.forEach((code, i) => writeCode(bytes, 0, i, bits, code));
  return bytes;
}

/** Writes the JSON document of a tensor. It contains the tensor's own predictor, where the source has one file for all tensors. */
function document(data: HybridData, layout: HybridLayout): Uint8Array {
  const kept = data.indices.length;
  const { amplitude, phase } = codeBits(layout);
  const bits = layout.quantised ? amplitude + phase : 64;
  const text = JSON.stringify({
    type: 'rft_hybrid_tensor',
    version: 1,
    original_shape: layout.shape,
    bands: Array.from({ length: bandCount(layout.block) }, (_, i) => 64 * (2 ** i - 1)),
    codec: layout.options,
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
    amp_scale: { min: data.range!.min, max: data.range!.max },
    phase_scale: { min: -Math.PI, max: Math.PI },
  };
}

/** Reads and checks the parts of a tensor. @throws LabError bad-file naming the tensor */
export function readHybridData(name: string, parts: HybridParts, layout: HybridLayout): HybridData {
  const data = layout.packed ? readPacked(name, parts, layout) : readDocument(name, parts.container!, layout);
  if (data.indices.some((k, i) => k >= layout.weights || (i > 0 && k <= data.indices[i - 1])))
    throw damaged(name, 'its indices do not ascend within the tensor');
  const exceeds = (values: Float32Array | undefined, limit: number) =>
    values?.some((x) => !(Math.abs(x) <= limit));
  if (exceeds(data.coefficients, MAX_MODULUS))
    throw damaged(name, 'a coefficient is out of range or not finite');
  if (exceeds(data.predictor, MAX_NETWORK_WEIGHT))
    throw damaged(name, 'a weight of its predictor is out of range or not finite');
  if (
    data.range &&
    !(data.range.min >= 0 && data.range.min <= data.range.max && data.range.max <= MAX_MODULUS)
  )
    throw damaged(name, 'its range of moduli is negative, reversed or too large');
  checkCodes(name, data, layout);
  return data;
}

function checkCodes(name: string, { words }: HybridData, layout: HybridLayout): void {
  const { amplitude, phase } = codeBits(layout);
  if (words?.some((code) => amplitudeOf(code) >= 2 ** amplitude || phaseOf(code) >= 2 ** phase))
    throw damaged(name, 'a code exceeds its bits');
}

function readPacked(name: string, parts: HybridParts, layout: HybridLayout): HybridData {
  const { mask, predictor } = parts;
  const all = Array.from({ length: layout.weights }, (_, k) => k);
  const indices = Uint32Array.from(mask ? all.filter((k) => mask[k >> 3] & (1 << (k & 7))) : all);
  const sized = (suffix: 'coefficients' | 'amplitude' | 'phase', bytes: number) => {
    const part = parts[suffix]!;
    if (part.length !== bytes) throw damaged(name, `its part ${suffix} does not fit its mask`);
    return part;
  };
  if (!layout.quantised)
    return { indices, coefficients: float32Values(sized('coefficients', 8 * indices.length)) };
  const bits = codeBits(layout);
  const amplitude = sized('amplitude', bitstreamBytes(indices.length, bits.amplitude));
  const phase = sized('phase', bitstreamBytes(indices.length, bits.phase));
  const words = Uint32Array.from(indices, (_, i) =>
    polarWord(readCode(amplitude, 0, i, bits.amplitude), readCode(phase, 0, i, bits.phase)),
  );
  const [min, max] = float32Values(parts.range!);
  return {
    indices,
    words,
    range: { min, max },
    ...(predictor && { predictor: float32Values(predictor) }),
  };
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
  if (phase.some((code) => code >= 2 ** codeBits(layout).phase))
    throw stored.wrong('phase', `codes of ${codeBits(layout).phase} bits`);
  const scale = stored.object('amp_scale');
  const data: HybridData = {
    indices,
    words: Uint32Array.from(amplitude, (code, i) => polarWord(code, phase[i])),
    range: { min: scale.number('min', 0, MAX_MODULUS), max: scale.number('max', 0, MAX_MODULUS) },
  };
  if (!layout.predicted) return data;
  const network = container.object('predictor').bytes('weights', 4 * predictorSize(layout.block));
  container.object('predictor').equals('sha256', sha256(network));
  return { ...data, predictor: new Float32Array(network.buffer) };
}
