import { LabError } from '../../../../../base/errors';
import { damaged } from '../../../../contract/parts';
import { findNonFinite16, float32Values, HALF_EXPONENT } from '../../../../kit/storedFloats';
import type { TenpakAwqParts } from './layout';

/** A group whose range reaches beyond this had weights that were limited before they were coded. */
const LARGEST = 2 ** 29;

/** Finds the first group whose range reaches beyond `LARGEST`; −1 if there is none. */
function hugeGroup(parts: TenpakAwqParts): number {
  const [scales, offsets] = [float32Values(parts.scales), float32Values(parts.offsets)];
  return scales.findIndex((scale, g) => !(15 * Math.abs(scale) + Math.abs(offsets[g]) < LARGEST));
}

/** Finds the first outlier that is not finite; −1 if there is none. */
function infiniteOutlier({ outliers }: TenpakAwqParts): number {
  return outliers ? findNonFinite16(outliers, HALF_EXPONENT) : -1;
}

/** Checks the encoded parts. @throws LabError bad-input naming the tensor when a group or an outlier is too large to be stored */
export function requireStorable(name: string, parts: TenpakAwqParts): void {
  const [group, outlier] = [hugeGroup(parts), infiniteOutlier(parts)];
  if (group < 0 && outlier < 0) return;
  const what = group >= 0 ? `group ${group} exceeds 2^29` : `outlier ${outlier} exceeds float16 (65,504)`;
  throw new LabError(
    'bad-input',
    `${name} has weights so large that, scaled by their inputs, ${what}.`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}

/** Checks the stored parts. @throws LabError bad-file for ranges and outliers that the codec cannot have written */
export function checkStored(name: string, parts: TenpakAwqParts): void {
  const [group, outlier] = [hugeGroup(parts), infiniteOutlier(parts)];
  if (group >= 0) throw damaged(name, `the range of group ${group} is not finite or exceeds 2^29`);
  if (outlier >= 0) throw damaged(name, `outlier ${outlier} is not a finite number`);
}
