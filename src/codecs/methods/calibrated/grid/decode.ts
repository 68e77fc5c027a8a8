import type { DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Coded } from '../../../contract/defineCodec';
import { fillByRows, type TargetRows } from '../../../kit/fillTarget';
import type { GpuJob } from '../../../kit/gpuJob';
import { TRELLIS_ROWS, type GridLayout, type GridParts } from './layout';
import { allStepBits, centreValues, readSteps, rowFactors } from './steps';

/** Operations per weight, as the command stream counts work. */
const COST = 24;

/** Decodes on the GPU, a range of rows at a time. @throws LabError bad-file for a step that is not finite; Cancelled */
export async function decodeGrid(
  { name, layout, parts }: Coded<GridLayout, GridParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const read = readSteps(parts, layout, name);
  const steps = {
    columns: allStepBits(read),
    rows: rowFactors(layout.rows, read.rowCodes),
    centre: centreValues(read),
  };
  await fillByRows(target, context, (job, range) => recordDecode(job, layout, parts.codes, steps, range));
}

async function recordDecode(
  { scope, dispatch }: GpuJob,
  { columns, rowBytes, trellis }: GridLayout,
  allCodes: Uint8Array,
  steps: { columns: Uint32Array; rows: Float32Array; centre: Float32Array },
  { firstRow, rows, firstElement, buffer }: TargetRows,
): Promise<void> {
  // The state is known only where a run of the trellis begins.
  const skip = firstRow % TRELLIS_ROWS;
  const first = firstRow - skip;
  const codes = allCodes.subarray(first * rowBytes, (firstRow + rows) * rowBytes);
  await dispatch('codecs/grid/decode', {
    params: {
      ...{ rows: rows + skip, columns, wordsPerRow: rowBytes / 4, skip, firstElement },
      trellis: Number(trellis),
    },
    bindings: {
      codes: scope.upload(codes, 'codes'),
      steps: scope.upload(steps.columns, 'steps'),
      factors: scope.upload(steps.rows.subarray(first, firstRow + rows), 'factors of rows'),
      centre: scope.upload(steps.centre, 'centre'),
      out: buffer,
    },
    threads: columns * Math.ceil((rows + skip) / TRELLIS_ROWS),
    cost: COST * rows * columns,
  });
}
