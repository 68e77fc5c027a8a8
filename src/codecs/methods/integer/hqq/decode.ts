import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { damaged } from '../../../contract/parts';
import { fillByRows, type TargetRows } from '../../../kit/fillTarget';
import type { GpuJob } from '../../../kit/gpuJob';
import { byteWindow } from '../../../kit/spans';
import { checkStoredScales, findNonFinite16, HALF_EXPONENT } from '../../../kit/storedFloats';
import type { HqqLayout, HqqParts } from './layout';

/** Operations per weight, as the command stream counts work. */
const COST = 16;

/**
 * Decodes on the GPU, a range of rows at a time.
 * @throws LabError bad-file for a scale or zero point that is not finite; Cancelled
 */
export async function decodeHqq(
  { name, layout, parts }: Coded<HqqLayout, HqqParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStoredScales(name, parts.scales);
  const bad = findNonFinite16(parts.zeros, HALF_EXPONENT);
  if (bad >= 0) throw damaged(name, `zero point ${bad} is not a finite number`);
  await fillByRows(target, context, (job, range) => recordDecode(job, layout, parts, range));
}

async function recordDecode(
  { scope, dispatch }: GpuJob,
  { columns, rowBytes, groupsPerRow, group, bits }: HqqLayout,
  parts: HqqParts,
  { firstRow, rows, firstElement, buffer }: TargetRows,
): Promise<void> {
  const window = (halves: Uint8Array) =>
    byteWindow(halves, 2 * firstRow * groupsPerRow, 2 * rows * groupsPerRow);
  const codes = parts.codes.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes);
  const scales = window(parts.scales);
  await dispatch('codecs/hqq/decode', {
    params: {
      count: rows * columns,
      columns,
      wordsPerRow: rowBytes / 4,
      groupsPerRow,
      group,
      bits,
      firstGroup: scales.shift / 2,
      firstElement,
    },
    bindings: {
      codes: scope.upload(codes, 'codes'),
      scales: scope.upload(scales.bytes, 'scales'),
      zeros: scope.upload(window(parts.zeros).bytes, 'zero points'),
      out: buffer,
    },
    threads: rows * columns,
    cost: COST * rows * columns,
  });
}
