import type { LinearWeight } from '../../runtime/linear';
import { packedIntegerLinear } from '../../runtime/packedLinear';
import type { CodecContext, StoredTensor } from '../codec';
import { checkStoredScales } from '../floats';
import { ternaryLayout } from './layout';

/** The stored trit t stands for t − 1. */
const OFFSET = 1;

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
  return packedIntegerLinear(gpu, {
    name: stored.name,
    rows,
    columns,
    bits: 2,
    group: groupSize,
    offset: OFFSET,
    codes,
    scales,
  });
}
