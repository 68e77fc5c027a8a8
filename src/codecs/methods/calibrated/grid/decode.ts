import {
  splitRows,
  type DenseMatrix,
  type MatrixPart,
  type RowRange,
} from '../../../../runtime/linear/matrix';
import type { CodecContext, CodedTensor } from '../../../contract/codec';
import { gpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS, threadGroups } from '../../../kit/spans';
import { gridLayout, TRELLIS_ROWS } from './layout';
import { allStepBits, centreValues, readSteps, rowFactors } from './steps';

/** Operations per weight, as the command stream counts work. */
const COST = 24;

/** WGSL decode, a range of rows at a time. @throws LabError bad-file for a step that is no number; Cancelled */
export async function decodeGrid(
  stored: CodedTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const read = readSteps(stored.parts, stored.shape, stored.name);
  const steps = {
    columns: allStepBits(read),
    rows: rowFactors(stored.shape[0], read.rowCodes),
    centre: centreValues(read),
  };
  const rowBytes = 4 * target.columns;
  for (const part of target.parts)
    for (const range of splitRows(part.rows, rowBytes, Math.max(4 * CHUNK_ELEMENTS, rowBytes)))
      await decodeRange(stored, steps, part, range, context);
}

function decodeRange(
  { shape, options, parts }: CodedTensor,
  steps: { columns: Uint32Array; rows: Float32Array; centre: Float32Array },
  part: MatrixPart,
  { firstRow, rows }: RowRange,
  context: CodecContext,
): Promise<void> {
  const { columns, rowBytes, trellis } = gridLayout(shape, options);
  const row = part.firstRow + firstRow;
  // States are known where a run of the trellis begins.
  const skip = row % TRELLIS_ROWS;
  const codes = parts.get('codes')!.subarray((row - skip) * rowBytes, (row + rows) * rowBytes);
  return gpuJob(context, async ({ scope, recorder, run }) => {
    recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/grid/decode' }), {
      params: {
        rows: rows + skip,
        columns,
        wordsPerRow: rowBytes / 4,
        skip,
        trellis: Number(trellis),
        firstElement: firstRow * columns,
      },
      bindings: {
        codes: scope.upload(codes, 'codes'),
        steps: scope.upload(steps.columns, 'steps'),
        factors: scope.upload(steps.rows.subarray(row - skip, row + rows), 'factors of rows'),
        centre: scope.upload(steps.centre, 'centre'),
        out: part.buffer,
      },
      workgroups: threadGroups(columns * Math.ceil((rows + skip) / TRELLIS_ROWS)),
      cost: COST * rows * columns,
    });
    await run();
  });
}
