import { damaged } from '../../../../contract/parts';
import { halfValues, toHalf } from '../../../../kit/halves';

/** Limits of a column's scale. */
const MIN = 0.01;
const MAX = 100;

/** Computes s_c = clamp(√(mean |x_c|), 0.01, 100), rounded to float16 as it is stored, without normalisation by the mean. */
export function columnScales(meanAbs: ArrayLike<number>): Float32Array {
  return Float32Array.from(meanAbs, (mean) =>
    toHalf(Math.min(MAX, Math.max(MIN, Math.sqrt(mean))), 'nearest'),
  );
}

/** Computes the float32 reciprocals of the scales, which restored weights are multiplied by. */
export function reciprocals(scales: Float32Array): Float32Array {
  return scales.map((s) => 1 / s);
}

/** Reads the stored scales; undefined if they were folded into a norm. */
export function valuesOfScales(bytes: Uint8Array | undefined): Float32Array | undefined {
  return bytes && halfValues(bytes);
}

/** Checks the stored scales. @throws LabError bad-file for one that the codec cannot have written */
export function checkColumnScales(name: string, scales: Float32Array | undefined): void {
  const wrong = scales?.findIndex((s) => !(s > MIN * 0.99 && s <= MAX)) ?? -1;
  if (wrong >= 0) throw damaged(name, `column scale ${wrong} is ${scales![wrong]}`);
}
