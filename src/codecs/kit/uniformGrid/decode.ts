import { splitRows, type DenseMatrix, type MatrixPart, type RowRange } from '../../../runtime/linear/matrix';
import type { CodecContext, StoredTensor } from '../../contract/codec';
import type { Parts } from '../../contract/parts';
import { checkStoredScales } from '../storedFloats';
import { gpuJob } from '../gpuJob';
import { CHUNK_ELEMENTS, threadGroups } from '../spans';
import { rtnLayout, type RtnLayout } from './layout';

/** Operations per weight, as the command stream counts work. */
const COST = 16;

/** WGSL decode, a range of rows at a time. @throws LabError bad-file for a scale that is not finite */
export async function decodeRtn(
  { name, shape, options, parts }: StoredTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStoredScales(name, parts.get('scales')!);
  const layout = rtnLayout(shape, options);
  const rowBytes = 4 * layout.columns;
  for (const part of target.parts)
    for (const range of splitRows(part.rows, rowBytes, Math.max(4 * CHUNK_ELEMENTS, rowBytes)))
      await decodeRange(layout, parts, part, range, context);
}

function decodeRange(
  layout: RtnLayout,
  parts: Parts,
  part: MatrixPart,
  { firstRow, rows }: RowRange,
  context: CodecContext,
): Promise<void> {
  const { columns, rowBytes, groupsPerRow, group, bits, asymmetric } = layout;
  const row = part.firstRow + firstRow;
  const scales = bitWindow(parts.get('scales')!, 16 * row * groupsPerRow, 16 * rows * groupsPerRow);
  const zeros = bitWindow(
    parts.get('zeros') ?? new Uint8Array(),
    bits * row * groupsPerRow,
    bits * rows * groupsPerRow,
  );
  return gpuJob(context, async ({ scope, recorder, run }) => {
    const codes = parts.get('codes')!.subarray(row * rowBytes, (row + rows) * rowBytes);
    recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/kit/uniformGrid/decode' }), {
      params: {
        count: rows * columns,
        columns,
        wordsPerRow: rowBytes / 4,
        groupsPerRow,
        group,
        bits,
        asymmetric: Number(asymmetric),
        firstScale: scales.firstBit / 16,
        firstZeroBit: zeros.firstBit,
        firstElement: firstRow * columns,
      },
      bindings: {
        codes: scope.upload(codes, 'codes'),
        scales: scope.upload(scales.bytes, 'scales'),
        zeros: scope.upload(zeros.bytes, 'zero points'),
        out: part.buffer,
      },
      workgroups: threadGroups(rows * columns),
      cost: COST * rows * columns,
    });
    await run();
  });
}

/** The words of a stream that hold bits [first, first + count), and where in the first word they begin. */
function bitWindow(
  stream: Uint8Array,
  first: number,
  count: number,
): { bytes: Uint8Array; firstBit: number } {
  const start = Math.floor(first / 32);
  const end = Math.ceil((first + count) / 32);
  return { bytes: stream.subarray(4 * start, 4 * end), firstBit: first % 32 };
}
