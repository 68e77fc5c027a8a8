import type { LayerInputs } from '../../../../calibrate/inputs';
import { weightedSquares } from '../../../../calibrate/outputError';
import type { DenseMatrix, RowRange } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { recordScales } from '../../../kit/uniformGrid/encode';
import { rowRanges } from '../../../kit/spans';
import type { AwqLayout } from './layout';
import { columnScale, argMin } from './scale';
import { recordRoundingErrors, recordScaleColumns } from './steps';

/**
 * Returns the s of the exponent α that minimises the output error tr(E G Eᵀ), E = W − dequant(quant(W·diag(s)))·diag(s)⁻¹ with
 * plain min-max ranges, summed over tensors that read one activation.
 * @param half whether s is rounded to float16 (to be stored), else to float32 (to be folded into a norm)
 */
export async function searchExponentOnGpu(
  sources: readonly Source<AwqLayout>[],
  context: CodecContext,
  inputs: LayerInputs,
  half: boolean,
): Promise<Float32Array> {
  const { exponents } = sources[0].layout;
  const candidates = exponents.map((alpha) => columnScale(inputs.meanAbs, alpha, half));
  const totals = new Float64Array(candidates.length);
  if (candidates.length > 1)
    for (const source of sources)
      for (const range of rowRanges(source.layout, context.gpu.maxBindingBytes)) {
        const errors = await rangeErrors(source, range, context, candidates, inputs.gram);
        errors.forEach((error, k) => (totals[k] += error));
      }
  return candidates[argMin(totals)];
}

/** Measures the output error of a range of rows for each candidate s. */
function rangeErrors(
  { values, layout }: Source<AwqLayout>,
  { firstRow, rows }: RowRange,
  context: CodecContext,
  candidates: readonly Float32Array[],
  gram: DenseMatrix,
): Promise<number[]> {
  const { gpu, signal } = context;
  const { columns } = layout;
  return gpuJob(context, async (job) => {
    const w = job.scope.upload(values.subarray(firstRow * columns, (firstRow + rows) * columns), 'weights');
    const s = job.scope.allocate(4 * columns, 'column scale');
    const e = await recordRounding(job, layout, rows, w, s);
    const error = { label: 'errors', rows, columns, parts: [{ buffer: e, firstRow: 0, rows }] };
    const found: number[] = [];
    for (const candidate of candidates) {
      gpu.buffers.write(s, candidate);
      await job.run();
      found.push(await weightedSquares(gpu, error, gram, signal));
    }
    return found;
  });
}

/** Records the rounding error of w under s. @returns its buffer [rows, columns] */
async function recordRounding(
  job: GpuJob,
  layout: AwqLayout,
  rows: number,
  w: GPUBuffer,
  s: GPUBuffer,
): Promise<GPUBuffer> {
  const { scope } = job;
  const count = rows * layout.columns;
  const groups = rows * layout.groupsPerRow;
  const scaled = scope.allocate(4 * count, 'scaled weights');
  const e = scope.allocate(4 * count, 'errors');
  const scales = scope.allocate(4 * groups, 'scales');
  const zeros = scope.allocate(4 * groups, 'zero points');
  await recordScaleColumns(job, count, layout.columns, { w, s, out: scaled });
  await recordScales(job, layout, rows, { w: scaled, scales, zeros });
  await recordRoundingErrors(job, layout, rows, { w: scaled, s, scales, zeros, e });
  return e;
}
