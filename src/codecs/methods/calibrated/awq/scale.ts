import { roundToHalf } from '../../../../base/float16';
import { LabError } from '../../../../base/errors';

/** Lower bound of mean|x|^α, as in the published code; columns that are hardly ever active reach it. */
const MIN_ACTIVATION = 1e-4;
/** The range of s, within the normal float16 numbers. */
const MIN_SCALE = 2 ** -14;
const MAX_SCALE = 2 ** 15;

/**
 * Computes s = mean|x|^α, at least 1e−4 each, divided by √(max·min) so that the geometric middle of its range is 1.
 * @param half whether s is rounded to float16 (to be stored), else to float32 (to be folded into a norm)
 */
export function columnScale(meanAbs: ArrayLike<number>, alpha: number, half: boolean): Float32Array {
  const powers = Float64Array.from(meanAbs, (mean) => Math.max(mean ** alpha, MIN_ACTIVATION));
  const middle = Math.sqrt(Math.min(...powers) * Math.max(...powers));
  return Float32Array.from(powers, (power) => {
    const s = Math.min(MAX_SCALE, Math.max(MIN_SCALE, power / middle));
    return half ? roundToHalf(s) : s;
  });
}

/** Checks mean magnitudes of activations. @throws LabError bad-input naming the tensor when all are zero or one is not finite */
export function checkCalibration(name: string, meanAbs: ArrayLike<number>): void {
  const values = Array.from(meanAbs);
  if (values.every(Number.isFinite) && values.some((mean) => mean > 0)) return;
  const what = values.every(Number.isFinite) ? 'all zero' : 'not all finite';
  throw new LabError(
    'bad-input',
    `The activations that ${name} reads on the calibration text are ${what}: AWQ cannot tell its columns apart.`,
    'Use other calibration text, or a codec without calibration such as rtn or hqq.',
  );
}

/** Whether scaling by s changes nothing, so that it need not be stored. */
export function isOne(scale: Float32Array): boolean {
  return scale.every((s) => s === 1);
}

/** Returns the index of the minimal error; of equal ones the first, which scales least. */
export function argMin(errors: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < errors.length; i++) if (errors[i] < errors[best]) best = i;
  return best;
}
