import type { LinearWeight } from '../../../runtime/linear/linear';
import { packedIntegerLinear } from '../../../runtime/linear/packed/packedLinear';
import { writeCode } from '../bits';
import type { CodecContext, StoredTensor } from '../../contract/codec';
import type { CodecMeta } from '../../contract/meta';
import { blockScales, checkScales } from './decode';
import type { RowFormat } from './format';
import { rowLayout } from './layout';

/**
 * Multiplies from 2-bit codes in the order of the row, which the host gathers from the blocks; no dense copy. Part lengths must have
 * been checked.
 * @throws LabError bad-file, limit, out-of-memory
 */
export async function blockLinear(
  format: RowFormat,
  meta: CodecMeta,
  { name, shape, parts }: StoredTensor,
  { gpu }: CodecContext,
): Promise<LinearWeight> {
  checkScales(format, name, parts);
  const { rows, columns, unitsPerRow } = rowLayout(format, meta, shape);
  return packedIntegerLinear(gpu, {
    name,
    rows,
    columns,
    bits: 2,
    group: format.unitWeights,
    offset: 1,
    codes: rowOrder(format, parts.get('codes')!, rows * unitsPerRow),
    scales: blockScales(format, parts),
  });
}

/** Codes trit + 1, first weight in the lowest bits. */
function rowOrder(
  { unitWeights, unitBytes, unpack }: RowFormat,
  stored: Uint8Array,
  units: number,
): Uint8Array {
  const bytes = unitWeights / 4;
  const codes = new Uint8Array(units * bytes);
  for (let unit = 0; unit < units; unit++) {
    const trits = unpack(stored.subarray(unit * unitBytes, (unit + 1) * unitBytes));
    for (let i = 0; i < unitWeights; i++) writeCode(codes, unit * bytes, i, 2, trits[i] + 1);
  }
  return codes;
}
