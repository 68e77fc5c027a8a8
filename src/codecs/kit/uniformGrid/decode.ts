import type { DenseMatrix } from '../../../runtime/linear/matrix';
import type { CodecContext } from '../../contract/codec';
import type { Coded } from '../../contract/defineCodec';
import { fillByRows, type TargetRows } from '../fillTarget';
import type { GpuJob } from '../gpuJob';
import { checkStoredScales } from '../storedFloats';
import type { UniformGridLayout, UniformGridParts } from './layout';

/** Operations per weight, as the command stream counts work. */
const COST = 16;

/** Decodes on the GPU, a range of rows at a time. @throws LabError bad-file for a scale that is not finite; Cancelled */
export async function decodeUniformGrid(
  { name, layout, parts }: Coded<UniformGridLayout, UniformGridParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStoredScales(name, parts.scales);
  await fillByRows(target, context, (job, range) => recordDecode(job, layout, parts, range));
}

async function recordDecode(
  { scope, dispatch }: GpuJob,
  layout: UniformGridLayout,
  { codes, scales: allScales, zeros: allZeros = new Uint8Array() }: UniformGridParts,
  { firstRow, rows, firstElement, buffer }: TargetRows,
): Promise<void> {
  const { columns, rowBytes, groupsPerRow, group, bits, asymmetric } = layout;
  const firstGroup = firstRow * groupsPerRow;
  const groups = rows * groupsPerRow;
  const scales = bitWindow(allScales, 16 * firstGroup, 16 * groups);
  const zeros = bitWindow(allZeros, bits * firstGroup, bits * groups);
  await dispatch('codecs/kit/uniformGrid/decode', {
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
      firstElement,
    },
    bindings: {
      codes: scope.upload(codes.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes), 'codes'),
      scales: scope.upload(scales.bytes, 'scales'),
      zeros: scope.upload(zeros.bytes, 'zero points'),
      out: buffer,
    },
    threads: rows * columns,
    cost: COST * rows * columns,
  });
}

/** Returns the words of a stream that hold bits [first, first + count), and the offset of the first bit in them. */
function bitWindow(
  stream: Uint8Array,
  first: number,
  count: number,
): { bytes: Uint8Array; firstBit: number } {
  const start = Math.floor(first / 32);
  const end = Math.ceil((first + count) / 32);
  return { bytes: stream.subarray(4 * start, 4 * end), firstBit: first % 32 };
}
