import type { CodecReference, MatrixShape } from '../../../../contract/codec';
import type { CodecOptions } from '../../../../contract/meta';
import { forwardBlock, inverseBlock } from '../../../../kit/transforms/coding';
import type { ComplexVector } from '../../../../kit/transforms/complexMatrix';
import { chunksOf, flatWeights } from '../../../../kit/transforms/flat';
import {
  amplitudeOf,
  LOG_FLOOR,
  modulusRange,
  phaseOf,
  quantisePolar,
  restorePolar,
} from '../../../../kit/transforms/polar';
import { coarseTables, hybridLayout, hybridScale } from './layout';
import { predict, sampleStride, seen, train, type Sample } from './predictor';
import { readParts, writeParts, type HybridData } from './stored';

const reference: CodecReference = {
  encode(values, shape, options) {
    const { block, basis } = hybridLayout(shape, options);
    const flat = flatWeights({ name: 'The matrix', values });
    const c = new Float64Array(2 * flat.length);
    for (const { first, length } of chunksOf(flat.length, block))
      c.set(forwardBlock(basis, flat.subarray(first, first + length)), 2 * first);
    const range = storedRange(modulusRange(c, Number(options.prune)));
    const { refine } = hybridLayout(shape, options);
    const words = quantisePolar(c, hybridScale(options, refine, range), 1);
    return writeParts(collect(c, words, range, shape, options), shape, options);
  },

  decode(parts, shape, options) {
    const data = readParts('The matrix', parts, shape, options);
    const { block, basis, weights } = hybridLayout(shape, options);
    const c = restored(data, shape, options);
    const values = new Float32Array(weights);
    for (const { first, length } of chunksOf(weights, block))
      values.set(inverseBlock(basis, c.slice(2 * first, 2 * (first + length))), first);
    return values;
  },
};

/** The range as stored, in float32; nothing kept: [0, 0]. */
export function storedRange(range: { least: number; most: number } | undefined) {
  return { least: Math.fround(range?.least ?? 0), most: Math.fround(range?.most ?? 0) };
}

/** What to store of coefficients [2·weights] and their words, with the network trained where there is one. */
export function collect(
  c: ArrayLike<number>,
  words: Uint32Array,
  range: { least: number; most: number },
  shape: MatrixShape,
  options: CodecOptions,
): HybridData {
  const { quantised, predicted } = hybridLayout(shape, options);
  let kept = 0;
  for (const code of words) if (code !== 0) kept++;
  const indices = new Uint32Array(kept);
  words.forEach((code, k) => code !== 0 && (indices[indices.length - kept--] = k));
  if (!quantised) {
    const parts = Float32Array.from(
      { length: 2 * indices.length },
      (_, i) => c[2 * indices[i >> 1] + (i & 1)],
    );
    return { indices, coefficients: parts };
  }
  const data: HybridData = { indices, words: Uint32Array.from(indices, (k) => words[k]), range };
  return predicted ? { ...data, predictor: trained(c, data, shape, options) } : data;
}

/** The network for what rounding left of these coefficients. */
function trained(
  c: ArrayLike<number>,
  data: HybridData,
  shape: MatrixShape,
  options: CodecOptions,
): Float32Array {
  const { block } = hybridLayout(shape, options);
  const tables = coarseTables(hybridScale(options, 0, data.range!));
  const samples: Sample[] = [];
  for (let i = 0; i < data.indices.length; i += sampleStride(data.indices.length)) {
    const k = data.indices[i];
    const [re, im] = [c[2 * k], c[2 * k + 1]];
    const given = seen(k % block, block, data.words![i], tables);
    const log = Math.log(Math.max(Math.hypot(re, im), LOG_FLOOR)) - given.log;
    samples.push({ ...given, target: [log, wrapped(Math.atan2(im, re) - given.phase)] });
  }
  return train(samples, block, Number(options.seed));
}

/** To (−π, π]. */
function wrapped(angle: number): number {
  return angle - 2 * Math.PI * Math.ceil((angle - Math.PI) / (2 * Math.PI));
}

/** All coefficients, in float64; those dropped are 0. */
function restored(data: HybridData, shape: MatrixShape, options: CodecOptions): ComplexVector {
  const { weights, refine, block } = hybridLayout(shape, options);
  const c = new Float64Array(2 * weights);
  const set = (part: ArrayLike<number>) =>
    data.indices.forEach((k, i) => {
      c[2 * k] = part[2 * i];
      c[2 * k + 1] = part[2 * i + 1];
    });
  if (data.coefficients) set(data.coefficients);
  else if (!data.predictor) set(restorePolar(data.words!, hybridScale(options, refine, data.range!), 1));
  else {
    const tables = coarseTables(hybridScale(options, 0, data.range!));
    const network = data.predictor;
    const corrected = new Float64Array(2 * data.indices.length);
    data.words!.forEach((code, i) => {
      const [log, turn] = predict(network, block, seen(data.indices[i] % block, block, code, tables));
      const size = Math.exp(tables.logs[amplitudeOf(code)] + log);
      const phase = tables.angles[phaseOf(code)] + turn;
      corrected.set([size * Math.cos(phase), size * Math.sin(phase)], 2 * i);
    });
    set(corrected);
  }
  return c;
}

export default reference;
