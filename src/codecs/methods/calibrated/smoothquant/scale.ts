import { HALF_MAX, roundToHalf } from '../../../../base/float16';
import { LabError } from '../../../../base/errors';

/** The authors' code keeps weights and scales from below by this (smooth.py of mit-han-lab/smoothquant). */
const LEAST = 1e-5;

/**
 * s_c = max|x_c|^α ÷ max|w_c|^(1−α) of every column, float64, kept within [1e-5, 65504] and rounded to float16.
 * A column in which calibration saw nothing but zeros keeps s = 1: 1e-5 would magnify it 100,000 times if it ever woke up.
 * @param maxX [columns] largest |x| of each column in calibration
 * @param maxW [columns] largest |w| over all matrices that read these columns
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
    const s = maxX[column] ** alpha / Math.max(maxW[column], LEAST) ** (1 - alpha);
    return roundToHalf(Math.min(HALF_MAX, Math.max(LEAST, s)));
  });
}

/** What the layer's input is multiplied by where the scale was stored: 1 ÷ s in float32. */
export function inverseOf(scale: Float32Array): Float32Array {
  return scale.map((s) => 1 / s);
}

function notFinite(name: string, column: number, value: number): LabError {
  return new LabError(
    'not-finite',
    `Calibration saw an input of ${value} in column ${column} of ${name}.`,
    'The checkpoint is damaged or its training diverged: use another copy.',
  );
}
