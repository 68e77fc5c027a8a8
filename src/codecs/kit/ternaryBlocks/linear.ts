import type { LinearWeight } from '../../../runtime/linear/linear';
import { packedIntegerLinear } from '../../../runtime/linear/packed/packedLinear';
import type { CodecContext } from '../../contract/codec';
import type { Coded } from '../../contract/defineCodec';
import { writeCode } from '../bits';
import { blockScales, checkRowScales } from './decode';
import type { RowFormat } from './format';
import type { TernaryRowsLayout, TernaryRowsParts } from './layout';

/**
 * Makes a weight that multiplies from 2-bit codes in row order, which the host gathers from the blocks.
 * @throws LabError bad-file, limit, out-of-memory
 */
export async function ternaryBlocksLinear(
  { name, layout, parts }: Coded<TernaryRowsLayout, TernaryRowsParts>,
  { gpu }: CodecContext,
): Promise<LinearWeight> {
  const { format, rows, columns, unitsPerRow } = layout;
  checkRowScales(name, format, parts);
  return packedIntegerLinear(gpu, {
    name,
    rows,
    columns,
    bits: 2,
    group: format.unitWeights,
    offset: 1,
    codes: rowOrder(format, parts.codes, rows * unitsPerRow),
    scales: blockScales(format, parts.codes),
  });
}

/** Packs the codes trit + 1 in 2 bits each, the first weight in the lowest bits. */
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
