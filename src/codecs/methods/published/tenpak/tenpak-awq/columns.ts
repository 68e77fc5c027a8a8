import { floatToHalfBits, halfBitsToFloat } from '../../../../../base/float16';
import { damaged } from '../../../../contract/parts';
import { bits16Of, bytesOf16 } from '../../../../kit/storedFloats';

/** Limits of a column's scale. */
const LEAST = 0.01;
const MOST = 100;

/** s_c = clamp(√(mean |x_c|), .01, 100), rounded to float16 as it is stored. No normalisation by the mean. */
export function columnScales(meanAbs: ArrayLike<number>): Float32Array {
  return Float32Array.from(meanAbs, (mean) =>
    halfBitsToFloat(floatToHalfBits(Math.min(MOST, Math.max(LEAST, Math.sqrt(mean))))),
  );
}

/** What restored weights are multiplied by: float32 reciprocals. */
export function reciprocals(scales: Float32Array): Float32Array {
  return scales.map((s) => 1 / s);
}

export function bytesOfScales(scales: Float32Array): Uint8Array {
  return bytesOf16(Uint16Array.from(scales, floatToHalfBits));
}

/** Scales as stored; undefined where a norm has them. */
export function scalesOf(bytes: Uint8Array | undefined): Float32Array | undefined {
  return bytes && Float32Array.from(bits16Of(bytes), halfBitsToFloat);
}

/** @throws LabError bad-file for a scale the codec cannot have written */
export function checkScales(name: string, scales: Float32Array | undefined): void {
  const wrong = scales?.findIndex((s) => !(s > LEAST * 0.99 && s <= MOST)) ?? -1;
  if (wrong >= 0) throw damaged(name, `column scale ${wrong} is ${scales![wrong]}`);
}
