import { roundToHalf } from '../../../../base/float16';
import { LabError } from '../../../../base/errors';

/** Smallest mean|x|^α that counts, as in the published code: columns that are hardly ever active. */
const SMALLEST_ACTIVATION = 1e-4;
/** Range of s: normal float16 numbers. */
const SMALLEST = 2 ** -14;
const LARGEST = 2 ** 15;

/**
 * s = mean|x|^α, each at least 1e−4, divided by √(max·min) so that the geometric middle of its range is 1.
 * @param half rounded to float16 (stored with the tensor), else to float32 (folded into a norm)
 */
export function columnScale(meanAbs: ArrayLike<number>, alpha: number, half: boolean): Float32Array {
  const powers = Float64Array.from(meanAbs, (mean) => Math.max(mean ** alpha, SMALLEST_ACTIVATION));
  const middle = Math.sqrt(Math.min(...powers) * Math.max(...powers));
  return Float32Array.from(powers, (power) => {
    const s = Math.min(LARGEST, Math.max(SMALLEST, power / middle));
    return half ? roundToHalf(s) : s;
  });
}

/** @throws LabError bad-input naming the tensor when the activations say nothing about its columns */
export function checkCalibration(name: string, meanAbs: ArrayLike<number>): void {
  const values = Array.from(meanAbs);
  if (values.every(Number.isFinite) && values.some((mean) => mean > 0)) return;
  const what = values.every(Number.isFinite) ? 'all zero' : 'not all finite';
  throw new LabError(
    'bad-input',
    `The activations ${name} reads on the calibration text are ${what}: AWQ cannot tell its columns apart.`,
    'Use other calibration text, or a codec without calibration such as rtn or hqq.',
  );
}

/** Whether scaling by s changes nothing: it is then not stored. */
export function isOne(scale: Float32Array): boolean {
  return scale.every((s) => s === 1);
}

/** Index of the least error; the first of equals, so the weakest scaling. */
export function leastIndex(errors: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < errors.length; i++) if (errors[i] < errors[best]) best = i;
  return best;
}
