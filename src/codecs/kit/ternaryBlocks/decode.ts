import type { DenseMatrix, MatrixPart, RowRange } from '../../../runtime/linear/matrix';
import type { CodecContext, StoredTensor } from '../../contract/codec';
import { type Parts, damaged } from '../../contract/parts';
import type { CodecMeta } from '../../contract/meta';
import { findNonFinite16, findNonFinite32, HALF_EXPONENT } from '../storedFloats';
import { gpuJob } from '../gpuJob';
import { byteWindow, threadGroups } from '../spans';
import { rowRanges } from './encode';
import type { RowFormat } from './format';
import { rowKernel } from './kernel';
import { rowLayout, type RowLayout } from './layout';

/** Operations per weight, as the command stream counts work. */
const COST = 16;

/** WGSL decode, a range of rows at a time. @throws LabError bad-file for a scale that is not finite; Cancelled */
export async function decodeRows(
  format: RowFormat,
  meta: CodecMeta,
  { name, shape, parts }: StoredTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkScales(format, name, parts);
  const layout = rowLayout(format, meta, shape);
  for (const part of target.parts)
    for (const range of rowRanges(layout, part.rows, context.gpu.maxBindingBytes))
      await decodeRange(format, layout, parts, part, range, context);
}

/** @throws LabError bad-file */
export function checkScales(format: RowFormat, name: string, parts: Parts): void {
  const index =
    format.scales === 'row'
      ? findNonFinite32(parts.get('scales')!)
      : findNonFinite16(blockScales(format, parts), HALF_EXPONENT);
  if (index >= 0) throw damaged(name, `scale ${index} is not a finite number`);
}

/** The float16 scales at the end of each unit, one after the other; none where units have no scale. */
export function blockScales({ scales, unitBytes }: RowFormat, parts: Parts): Uint8Array {
  const codes = parts.get('codes')!;
  if (scales !== 'block') return new Uint8Array();
  const found = new Uint8Array((2 * codes.length) / unitBytes);
  for (let unit = 0; 2 * unit < found.length; unit++)
    found.set(codes.subarray((unit + 1) * unitBytes - 2, (unit + 1) * unitBytes), 2 * unit);
  return found;
}

function decodeRange(
  format: RowFormat,
  { columns, rowBytes }: RowLayout,
  parts: Parts,
  part: MatrixPart,
  { firstRow, rows }: RowRange,
  context: CodecContext,
): Promise<void> {
  const row = part.firstRow + firstRow;
  const codes = byteWindow(parts.get('codes')!, row * rowBytes, rows * rowBytes);
  return gpuJob(context, async ({ scope, recorder, run }) => {
    const scales = () => scope.upload(parts.get('scales')!.subarray(4 * row, 4 * (row + rows)), 'scales');
    recorder.dispatch(await context.gpu.kernels.get(rowKernel('decode', format)), {
      params: {
        count: rows * columns,
        columns,
        rowBytes,
        firstByte: codes.shift,
        firstElement: firstRow * columns,
      },
      bindings: {
        codes: scope.upload(codes.bytes, 'codes'),
        out: part.buffer,
        ...(format.scales === 'row' && { scales: scales() }),
      },
      workgroups: threadGroups(rows * columns),
      cost: COST * rows * columns,
    });
    await run();
  });
}
