import { LabError } from '../../../../../base/errors';
import { damaged } from '../../../../contract/parts';
import { findNonFinite16, HALF_EXPONENT } from '../../../../kit/storedFloats';

/** Beyond this a group's weights were cut before they were coded. */
const LARGEST = 2 ** 29;

/** Index of the first group whose range reaches beyond `LARGEST`, −1 when there is none. */
function hugeGroup(scales: Uint8Array, offsets: Uint8Array): number {
  const s = new Float32Array(scales.slice().buffer);
  const o = new Float32Array(offsets.slice().buffer);
  return s.findIndex((scale, g) => !(15 * Math.abs(scale) + Math.abs(o[g]) < LARGEST));
}

/** @throws LabError bad-input naming the tensor when a group or an outlier is too large to be stored */
export function requireStorable(name: string, parts: ReadonlyMap<string, Uint8Array>): void {
  const group = hugeGroup(parts.get('scales')!, parts.get('offsets')!);
  const outlier = findNonFinite16(parts.get('outliers') ?? new Uint8Array(), HALF_EXPONENT);
  if (group < 0 && outlier < 0) return;
  const what = group >= 0 ? `group ${group} exceeds 2^29` : `outlier ${outlier} exceeds float16 (65,504)`;
  throw new LabError(
    'bad-input',
    `${name} has weights so large that, scaled by their inputs, ${what}.`,
    'Keep this tensor in float32 or bfloat16: its weights are far outside the usual range.',
  );
}

/** @throws LabError bad-file for ranges and outliers the codec cannot have written */
export function checkStored(name: string, parts: ReadonlyMap<string, Uint8Array>): void {
  const group = hugeGroup(parts.get('scales')!, parts.get('offsets')!);
  if (group >= 0) throw damaged(name, `the range of group ${group} is no finite number of usual size`);
  const outlier = findNonFinite16(parts.get('outliers') ?? new Uint8Array(), HALF_EXPONENT);
  if (outlier >= 0) throw damaged(name, `outlier ${outlier} is not a finite number`);
}
