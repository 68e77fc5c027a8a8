import type { LinearWeight } from '../../../../runtime/linear/linear';
import { ternaryLinear as trits } from '../../../../runtime/linear/ternary/ternaryLinear';
import type { CodecContext, StoredTensor } from '../../../contract/codec';
import { checkStoredScales } from '../../../kit/storedFloats';
import { ternaryLayout } from './layout';

/**
 * Multiplies straight from the 2-bit codes; the base-3 packings have no product of their own. Part lengths must have been checked.
 * @throws LabError bad-file, limit, out-of-memory
 */
export async function ternaryLinear(
  stored: StoredTensor,
  { gpu }: CodecContext,
): Promise<LinearWeight | undefined> {
  const { flat, rows, columns, groupSize } = ternaryLayout(stored.shape, stored.options);
  if (flat) return undefined;
  const codes = stored.parts.get('codes')!;
  const scales = stored.parts.get('scales')!;
  checkStoredScales(stored.name, scales);
  return trits(gpu, { name: stored.name, rows, columns, group: groupSize, codes, scales });
}
