import { splitRows, type DenseMatrix } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS } from '../../../kit/spans';
import { float32Values } from '../../../kit/storedFloats';
import { dctMatrix, type Rotation } from './rotation';

// These are the rotations of rotation.ts on the GPU, in float32.

/** Operations per value of one pass. */
const COST = 4;

/** Whole rows of a buffer: values [first, first + count). */
interface Piece {
  buffer: GPUBuffer;
  first: number;
  count: number;
}

/** Computes W·Q for host values [rows, columns]. @throws Cancelled, LabError */
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
      await recordDct(job, rotation, piece, false);
      await job.run();
      return job.read(buffer, 4 * count);
    });
    rotated.set(float32Values(bytes), first);
  }
  return rotated;
}

/** Computes W'·Qᵀ in place. @throws Cancelled, LabError */
export async function unrotate(
  matrix: DenseMatrix,
  rotation: Rotation,
  context: CodecContext,
): Promise<void> {
  for (const { buffer, rows } of matrix.parts)
    for (const { first, count } of pieces(rows * matrix.columns, matrix.columns, context))
      await gpuJob(context, async (job) => {
        const piece = { buffer, first, count };
        await recordDct(job, rotation, piece, true);
        await recordHadamard(job, rotation, piece);
        await recordSigns(job, rotation, piece);
        await job.run();
      });
}

/** Divides a matrix into pieces of whole rows, each of at most a chunk unless a row is longer. */
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

async function recordDct(
  { dispatch, recorder, scope }: GpuJob,
  { columns, block, dctSize }: Rotation,
  { buffer, first, count }: Piece,
  inverse: boolean,
): Promise<void> {
  if (dctSize === 1) return;
  const out = scope.allocate(4 * count, 'transformed weights');
  await dispatch('codecs/hadamard/dct', {
    params: { first, count, columns, block, dctSize, inverse: Number(inverse) },
    bindings: { values: buffer, cosines: scope.upload(dctMatrix(dctSize), 'DCT matrix'), out },
    threads: count,
    cost: 2 * dctSize * count,
  });
  recorder.copy({
    label: 'transformed weights',
    source: out,
    sourceOffset: 0,
    target: buffer,
    targetOffset: 4 * first,
    bytes: 4 * count,
  });
}
