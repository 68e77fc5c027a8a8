import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { fillByRows, type TargetRows } from '../../../kit/fillTarget';
import type { GpuJob } from '../../../kit/gpuJob';
import { checkStoredHalves } from '../../../kit/halves';
import { byteWindow } from '../../../kit/spans';
import { checkStoredScales } from '../../../kit/storedFloats';
import type { AqlmLayout, AqlmParts } from './layout';

/** Operations per weight and codebook, as the command stream counts work. */
const COST = 16;

/** Decodes on the GPU, a range of rows at a time. @throws LabError bad-file for a scale or codebook that is not finite; Cancelled */
export async function decodeAqlm(
  { name, layout, parts }: Coded<AqlmLayout, AqlmParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  checkStoredScales(name, parts.scales);
  checkStoredHalves(name, 'codebook value', parts.codebooks);
  await fillByRows(target, context, (job, range) => recordDecode(job, layout, parts, range));
}

async function recordDecode(
  { scope, dispatch }: GpuJob,
  { columns, rowBytes, codebooks, bits, size }: AqlmLayout,
  parts: AqlmParts,
  { firstRow, rows, firstElement, buffer }: TargetRows,
): Promise<void> {
  const count = rows * columns;
  const scales = byteWindow(parts.scales, 2 * firstRow, 2 * rows);
  const codes = parts.codes.subarray(firstRow * rowBytes, (firstRow + rows) * rowBytes);
  await dispatch('codecs/aqlm/decode', {
    params: {
      count,
      columns,
      words: rowBytes / 4,
      codebooks,
      bits,
      size,
      firstScale: scales.shift / 2,
      firstElement,
    },
    bindings: {
      codes: scope.upload(codes, 'codes'),
      books: scope.upload(parts.codebooks, 'codebooks'),
      scales: scope.upload(scales.bytes, 'scales'),
      out: buffer,
    },
    threads: count,
    cost: COST * codebooks * count,
  });
}
