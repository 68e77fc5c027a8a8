import {
  splitRows,
  type DenseMatrix,
  type MatrixPart,
  type RowRange,
} from '../../../../runtime/linear/matrix';
import type { CodecContext, CodedTensor } from '../../../contract/codec';
import { type Parts, damaged } from '../../../contract/parts';
import { checkStoredScales, findNonFinite16, HALF_EXPONENT } from '../../../kit/storedFloats';
import { gpuJob } from '../../../kit/gpuJob';
import { byteWindow, CHUNK_ELEMENTS, threadGroups } from '../../../kit/spans';
import { aqlmLayout, type AqlmLayout } from './layout';

/** Operations per weight and codebook, as the command stream counts work. */
const COST = 16;

/** WGSL decode, a range of rows at a time. @throws LabError bad-file for a scale or codebook that is not finite */
export async function decodeAqlm(
  { name, shape, options, parts }: CodedTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStoredScales(name, parts.get('scales')!);
  const bad = findNonFinite16(parts.get('codebooks')!, HALF_EXPONENT);
  if (bad >= 0) throw damaged(name, `codebook value ${bad} is not a finite number`);
  const layout = aqlmLayout(shape, options);
  const rowBytes = 4 * layout.columns;
  for (const part of target.parts)
    for (const range of splitRows(part.rows, rowBytes, Math.max(4 * CHUNK_ELEMENTS, rowBytes)))
      await decodeRange(layout, parts, part, range, context);
}

function decodeRange(
  layout: AqlmLayout,
  parts: Parts,
  part: MatrixPart,
  { firstRow, rows }: RowRange,
  context: CodecContext,
): Promise<void> {
  const { columns, rowBytes, codebooks, bits, size } = layout;
  const row = part.firstRow + firstRow;
  const scales = byteWindow(parts.get('scales')!, 2 * row, 2 * rows);
  return gpuJob(context, async ({ scope, recorder, run }) => {
    const codes = parts.get('codes')!.subarray(row * rowBytes, (row + rows) * rowBytes);
    recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/aqlm/decode' }), {
      params: {
        count: rows * columns,
        columns,
        words: rowBytes / 4,
        codebooks,
        bits,
        size,
        firstScale: scales.shift / 2,
        firstElement: firstRow * columns,
      },
      bindings: {
        codes: scope.upload(codes, 'codes'),
        books: scope.upload(parts.get('codebooks')!, 'codebooks'),
        scales: scope.upload(scales.bytes, 'scales'),
        out: part.buffer,
      },
      workgroups: threadGroups(rows * columns),
      cost: COST * codebooks * rows * columns,
    });
    await run();
  });
}
