import { HALF_MAX, roundToHalf } from '../../../../base/float16';
import { LabError } from '../../../../base/errors';

/** The lower bound of weights and scales in the authors' code (smooth.py of mit-han-lab/smoothquant). */
const MIN_SCALE = 1e-5;

/**
 * Computes s_c = max|x_c|^α ÷ max|w_c|^(1−α) of every column in float64, limited to [1e-5, 65504] and rounded to float16.
 * A column with only zeros in calibration has s = 1, because 1e-5 would magnify any other input 100,000 times.
 * @param maxX [columns] the largest |x| of each column in calibration
 * @param maxW [columns] the largest |w| over all matrices that read these columns
 * @throws LabError not-finite naming the tensor
 */
export function smoothingScale(
  name: string,
  maxX: ArrayLike<number>,
  maxW: ArrayLike<number>,
  alpha: number,
): Float32Array {
  return Float32Array.from({ length: maxW.length }, (_, column) => {
    if (!Number.isFinite(maxX[column])) throw notFinite(name, column, maxX[column]);
    if (maxX[column] === 0) return 1;
    const s = maxX[column] ** alpha / Math.max(maxW[column], MIN_SCALE) ** (1 - alpha);
    return roundToHalf(Math.min(HALF_MAX, Math.max(MIN_SCALE, s)));
  });
}

/** Returns 1 ÷ s in float32, the factors of the layer's input when s is stored. */
export function inverseOf(scale: Float32Array): Float32Array {
  return scale.map((s) => 1 / s);
}

function notFinite(name: string, column: number, value: number): LabError {
  return new LabError(
    'not-finite',
    `Calibration saw an input of ${value} in column ${column} of ${name}.`,
    'The checkpoint is damaged or its training diverged: use another one.',
  );
}
