import type { DenseMatrix, MatrixPart, RowRange } from '../../../runtime/linear/matrix';
import type { CodecContext } from '../../contract/codec';
import type { Coded } from '../../contract/defineCodec';
import { damaged } from '../../contract/parts';
import { gpuJob, type GpuJob } from '../gpuJob';
import { byteWindow } from '../spans';
import { checkStoredScales, findNonFinite32 } from '../storedFloats';
import { ternaryRowRanges } from './encode';
import type { RowFormat } from './format';
import { rowKernel } from './kernel';
import type { TernaryRowsLayout, TernaryRowsParts } from './layout';

/** Operations per weight, as the command stream counts work. */
const COST = 16;

/** Decodes in WGSL by ranges of rows. @throws LabError bad-file for a scale that is not finite; Cancelled */
export async function decodeTernaryRows(
  { name, layout, parts }: Coded<TernaryRowsLayout, TernaryRowsParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkRowScales(name, layout.format, parts);
  for (const part of target.parts)
    for (const range of ternaryRowRanges(layout, part.rows, context.gpu.maxBindingBytes))
      await gpuJob(context, (job) => decodeRange(job, layout, parts, part, range));
}

/** Checks that stored scales are finite. @throws LabError bad-file naming the tensor */
export function checkRowScales(name: string, format: RowFormat, { codes, scales }: TernaryRowsParts): void {
  if (!scales) return checkStoredScales(name, blockScales(format, codes));
  const index = findNonFinite32(scales);
  if (index >= 0) throw damaged(name, `scale ${index} is not a finite number`);
}

/** Collects the float16 scales at the ends of the units. The result is empty where units have no scale. */
export function blockScales({ scales, unitBytes }: RowFormat, codes: Uint8Array): Uint8Array {
  if (scales !== 'block') return new Uint8Array();
  const found = new Uint8Array((2 * codes.length) / unitBytes);
  for (let unit = 0; 2 * unit < found.length; unit++)
    found.set(codes.subarray((unit + 1) * unitBytes - 2, (unit + 1) * unitBytes), 2 * unit);
  return found;
}

async function decodeRange(
  { scope, dispatch, run }: GpuJob,
  { format, columns, rowBytes }: TernaryRowsLayout,
  { codes: allCodes, scales }: TernaryRowsParts,
  part: MatrixPart,
  { firstRow, rows }: RowRange,
): Promise<void> {
  const row = part.firstRow + firstRow;
  const codes = byteWindow(allCodes, row * rowBytes, rows * rowBytes);
  const sizes = { count: rows * columns, columns, rowBytes };
  await dispatch(rowKernel('decode', format), {
    params: { ...sizes, firstByte: codes.shift, firstElement: firstRow * columns },
    bindings: {
      codes: scope.upload(codes.bytes, 'codes'),
      out: part.buffer,
      ...(scales && { scales: scope.upload(scales.subarray(4 * row, 4 * (row + rows)), 'scales') }),
    },
    threads: rows * columns,
    cost: COST * rows * columns,
  });
  await run();
}
