import type { ReferenceDefinition } from '../../../../contract/defineCodec';
import { forwardBlock, inverseBlock } from '../../../../kit/transforms/coding';
import type { ComplexVector } from '../../../../kit/transforms/complexMatrix';
import { flatBlocks, flatWeights } from '../../../../kit/transforms/flat';
import {
  amplitudeOf,
  LOG_FLOOR,
  modulusRange,
  phaseOf,
  quantisePolar,
  restorePolar,
  type ModulusRange,
} from '../../../../kit/transforms/polar';
import { coarseTables, hybridScale, type HybridLayout, type HybridParts } from './layout';
import { predict, sampleStride, networkInput, train, type Sample } from './predictor';
import { readHybridData, writeHybridData, type HybridData } from './stored';

export const hybridReference: ReferenceDefinition<HybridLayout, HybridParts> = {
  encode(values, layout) {
    const { block, basis, prune, refine } = layout;
    const flat = flatWeights({ name: 'The matrix', values });
    const c = new Float64Array(2 * flat.length);
    for (const { first, length } of flatBlocks(flat.length, block))
      c.set(forwardBlock(basis, flat.subarray(first, first + length)), 2 * first);
    const range = storedRange(modulusRange(c, prune));
    const words = quantisePolar(c, hybridScale(layout, refine, range), 1);
    return writeHybridData(keptData(c, words, range, layout), layout);
  },

  decode(parts, layout) {
    const { block, basis, weights } = layout;
    const c = restored(readHybridData('The matrix', parts, layout), layout);
    const values = new Float32Array(weights);
    for (const { first, length } of flatBlocks(weights, block))
      values.set(inverseBlock(basis, c.slice(2 * first, 2 * (first + length))), first);
    return values;
  },
};

/** Rounds the range to float32 as it is stored. It is [0, 0] if no coefficient is kept. */
export function storedRange(range: ModulusRange | undefined): ModulusRange {
  return { min: Math.fround(range?.min ?? 0), max: Math.fround(range?.max ?? 0) };
}

/** Collects the data to store from coefficients [2·weights] and their words, and trains the network if the layout has one. */
export function keptData(
  c: ArrayLike<number>,
  words: Uint32Array,
  range: ModulusRange,
  layout: HybridLayout,
): HybridData {
  let kept = 0;
  for (const code of words) if (code !== 0) kept++;
  const indices = new Uint32Array(kept);
  words.forEach((code, k) => code !== 0 && (indices[indices.length - kept--] = k));
  if (!layout.quantised) {
    const parts = Float32Array.from(
      { length: 2 * indices.length },
      (_, i) => c[2 * indices[i >> 1] + (i & 1)],
    );
    return { indices, coefficients: parts };
  }
  const data: HybridData = { indices, words: Uint32Array.from(indices, (k) => words[k]), range };
  return layout.predicted ? { ...data, predictor: trainPredictor(c, data, layout) } : data;
}

/** Trains the network on the rounding errors of these coefficients. */
function trainPredictor(c: ArrayLike<number>, data: HybridData, layout: HybridLayout): Float32Array {
  const { block, seed } = layout;
  const tables = coarseTables(hybridScale(layout, 0, data.range!));
  const samples: Sample[] = [];
  for (let i = 0; i < data.indices.length; i += sampleStride(data.indices.length)) {
    const k = data.indices[i];
    const [re, im] = [c[2 * k], c[2 * k + 1]];
    const given = networkInput(k % block, block, data.words![i], tables);
    const log = Math.log(Math.max(Math.hypot(re, im), LOG_FLOOR)) - given.log;
    samples.push({ ...given, target: [log, wrapAngle(Math.atan2(im, re) - given.phase)] });
  }
  return train(samples, block, seed);
}

/** Reduces an angle to (−π, π]. */
function wrapAngle(angle: number): number {
  return angle - 2 * Math.PI * Math.ceil((angle - Math.PI) / (2 * Math.PI));
}

/** Restores all coefficients in float64. Dropped ones are 0. */
function restored(data: HybridData, layout: HybridLayout): ComplexVector {
  const { weights, refine, block } = layout;
  const c = new Float64Array(2 * weights);
  const set = (part: ArrayLike<number>) =>
    data.indices.forEach((k, i) => {
      c[2 * k] = part[2 * i];
      c[2 * k + 1] = part[2 * i + 1];
    });
  if (data.coefficients) set(data.coefficients);
  else if (!data.predictor) set(restorePolar(data.words!, hybridScale(layout, refine, data.range!), 1));
  else {
    const tables = coarseTables(hybridScale(layout, 0, data.range!));
    const network = data.predictor;
    const corrected = new Float64Array(2 * data.indices.length);
    data.words!.forEach((code, i) => {
      const [log, angle] = predict(
        network,
        block,
        networkInput(data.indices[i] % block, block, code, tables),
      );
      const size = Math.exp(tables.logs[amplitudeOf(code)] + log);
      const phase = tables.angles[phaseOf(code)] + angle;
      corrected.set([size * Math.cos(phase), size * Math.sin(phase)], 2 * i);
    });
    set(corrected);
  }
  return c;
}
