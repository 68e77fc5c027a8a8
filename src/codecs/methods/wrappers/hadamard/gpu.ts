import { splitRows, type DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS } from '../../../kit/spans';
import { float32Values } from '../../../kit/storedFloats';
import { cosines, type Rotation } from './rotation';

/** rotation.ts on the GPU, in float32. */

/** Operations per value of one pass. */
const COST = 4;

/** Rows of a buffer: values [first, first + count). */
interface Piece {
  buffer: GPUBuffer;
  first: number;
  count: number;
}

/** W·Q for host values [rows, columns]. @throws Cancelled, LabError */
export async function rotate(
  values: Float32Array,
  rotation: Rotation,
  context: CodecContext,
): Promise<Float32Array> {
  const rotated = new Float32Array(values.length);
  for (const { first, count } of pieces(values.length, rotation.columns, context)) {
    const bytes = await gpuJob(context, async (job) => {
      const buffer = job.scope.upload(values.subarray(first, first + count), 'weights');
      const piece = { buffer, first: 0, count };
      await recordSigns(job, rotation, piece);
      await recordHadamard(job, rotation, piece);
      await recordMix(job, rotation, piece, false);
      await job.run();
      return job.read(buffer, 4 * count);
    });
    rotated.set(float32Values(bytes), first);
  }
  return rotated;
}

/** W'·Qᵀ in place. @throws Cancelled, LabError */
export async function unrotate(
  matrix: DenseMatrix,
  rotation: Rotation,
  context: CodecContext,
): Promise<void> {
  for (const { buffer, rows } of matrix.parts)
    for (const { first, count } of pieces(rows * matrix.columns, matrix.columns, context))
      await gpuJob(context, async (job) => {
        const piece = { buffer, first, count };
        await recordMix(job, rotation, piece, true);
        await recordHadamard(job, rotation, piece);
        await recordSigns(job, rotation, piece);
        await job.run();
      });
}

/** Pieces of whole rows, each at most a chunk. */
function pieces(
  elements: number,
  columns: number,
  { gpu }: CodecContext,
): { first: number; count: number }[] {
  const max = Math.max(columns, Math.min(gpu.maxBindingBytes / 4, CHUNK_ELEMENTS));
  return splitRows(elements / columns, columns, max).map(({ firstRow, rows }) => ({
    first: firstRow * columns,
    count: rows * columns,
  }));
}

async function recordSigns(
  { dispatch, scope }: GpuJob,
  { columns, signs }: Rotation,
  { buffer, first, count }: Piece,
): Promise<void> {
  await dispatch('codecs/hadamard/signs', {
    params: { first, count, columns },
    bindings: { signs: scope.upload(signs, 'signs'), values: buffer },
    threads: count,
    cost: COST * count,
  });
}

async function recordHadamard(
  { dispatch }: GpuJob,
  { block }: Rotation,
  { buffer, first, count }: Piece,
): Promise<void> {
  for (let half = 1; half < block; half *= 2)
    await dispatch('codecs/hadamard/butterfly', {
      params: { first, pairs: count / 2, half },
      bindings: { values: buffer },
      threads: count / 2,
      cost: COST * count,
    });
}

async function recordMix(
  { dispatch, recorder, scope }: GpuJob,
  { columns, block, mixed }: Rotation,
  { buffer, first, count }: Piece,
  inverse: boolean,
): Promise<void> {
  if (mixed === 1) return;
  const out = scope.allocate(4 * count, 'mixed weights');
  await dispatch('codecs/hadamard/mix', {
    params: { first, count, columns, block, mixed, inverse: Number(inverse) },
    bindings: { values: buffer, cosines: scope.upload(cosines(mixed), 'cosines'), out },
    threads: count,
    cost: 2 * mixed * count,
  });
  recorder.copy({
    label: 'mixed weights',
    source: out,
    sourceOffset: 0,
    target: buffer,
    targetOffset: 4 * first,
    bytes: 4 * count,
  });
}
