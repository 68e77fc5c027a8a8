import type { LinearWeight } from '../../../../runtime/linear/linear';
import { ternaryLinear } from '../../../../runtime/linear/ternary/ternaryLinear';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { checkStoredScales } from '../../../kit/storedFloats';
import type { TernaryLayout, TernaryParts } from './layout';

/**
 * Makes a weight that multiplies by the 2-bit codes, or undefined for the base-3 packings.
 * @throws LabError bad-file, limit, out-of-memory
 */
export async function storedTernaryLinear(
  { name, layout, parts: { codes, scales } }: Coded<TernaryLayout, TernaryParts>,
  { gpu }: CodecContext,
): Promise<LinearWeight | undefined> {
  const { flat, rows, columns, groupSize } = layout;
  if (flat) return undefined;
  checkStoredScales(name, scales);
  return ternaryLinear(gpu, { name, rows, columns, group: groupSize, codes, scales });
}
