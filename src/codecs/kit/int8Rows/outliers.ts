import { LabError } from '../../../base/errors';
import { damaged } from '../../contract/parts';
import { findNonFinite16, HALF_EXPONENT } from '../storedFloats';

/** Checks encoded float16 outliers. @throws LabError bad-input naming the tensor and the column of a weight beyond float16 */
export function requireHalfOutliers(name: string, outliers: Uint8Array, columns: Uint32Array): void {
  const index = findNonFinite16(outliers, HALF_EXPONENT);
  if (index < 0) return;
  const column = columns[index % columns.length];
  throw new LabError(
    'bad-input',
    `${name} holds a weight beyond float16 (65,504) in column ${column}, which this codec keeps in float16.`,
    'Use rtn, or keep this tensor in float32 or bfloat16.',
  );
}

/** Checks that stored float16 outliers are finite. @throws LabError bad-file naming the tensor */
export function checkStoredOutliers(name: string, outliers: Uint8Array): void {
  const index = findNonFinite16(outliers, HALF_EXPONENT);
  if (index >= 0) throw damaged(name, `outlier ${index} is not a finite number`);
}
