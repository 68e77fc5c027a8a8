import {
  splitRows,
  type DenseMatrix,
  type MatrixPart,
  type RowRange,
} from '../../../../runtime/linear/matrix';
import type { CodecContext, StoredTensor } from '../../../contract/codec';
import { type Parts, damaged } from '../../../contract/parts';
import { checkStoredScales, findNonFinite16, HALF_EXPONENT } from '../../../kit/storedFloats';
import { gpuJob } from '../../../kit/gpuJob';
import { byteWindow, CHUNK_ELEMENTS, threadGroups } from '../../../kit/spans';
import { hqqLayout, type HqqLayout } from './layout';

/** Operations per weight, as the command stream counts work. */
const COST = 16;

/** WGSL decode, a range of rows at a time. @throws LabError bad-file for a scale or zero point that is not finite */
export async function decodeHqq(
  { name, shape, options, parts }: StoredTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStoredScales(name, parts.get('scales')!);
  const bad = findNonFinite16(parts.get('zeros')!, HALF_EXPONENT);
  if (bad >= 0) throw damaged(name, `zero point ${bad} is not a finite number`);
  const layout = hqqLayout(shape, options);
  const rowBytes = 4 * layout.columns;
  for (const part of target.parts)
    for (const range of splitRows(part.rows, rowBytes, Math.max(4 * CHUNK_ELEMENTS, rowBytes)))
      await decodeRange(layout, parts, part, range, context);
}

function decodeRange(
  layout: HqqLayout,
  parts: Parts,
  part: MatrixPart,
  { firstRow, rows }: RowRange,
  context: CodecContext,
): Promise<void> {
  const { columns, rowBytes, groupsPerRow, group, bits } = layout;
  const row = part.firstRow + firstRow;
  const window = (suffix: string) =>
    byteWindow(parts.get(suffix)!, 2 * row * groupsPerRow, 2 * rows * groupsPerRow);
  const scales = window('scales');
  return gpuJob(context, async ({ scope, recorder, run }) => {
    const codes = parts.get('codes')!.subarray(row * rowBytes, (row + rows) * rowBytes);
    recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/hqq/decode' }), {
      params: {
        count: rows * columns,
        columns,
        wordsPerRow: rowBytes / 4,
        groupsPerRow,
        group,
        bits,
        firstGroup: scales.shift / 2,
        firstElement: firstRow * columns,
      },
      bindings: {
        codes: scope.upload(codes, 'codes'),
        scales: scope.upload(scales.bytes, 'scales'),
        zeros: scope.upload(window('zeros').bytes, 'zero points'),
        out: part.buffer,
      },
      workgroups: threadGroups(rows * columns),
      cost: COST * rows * columns,
    });
    await run();
  });
}
