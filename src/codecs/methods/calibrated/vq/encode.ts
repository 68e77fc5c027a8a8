import type { RowRange } from '../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../contract/codec';
import type { Source } from '../../../contract/defineCodec';
import { zeroedParts } from '../../../contract/parts';
import { readDiagonal } from '../../../kit/diagonal';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { halfBytes, requireHalfRange } from '../../../kit/halves';
import { readCodebook, recordKMeans, uploadChunks, type VectorChunk } from '../../../kit/kMeans/kmeans';
import type { ClusterSettings } from '../../../kit/kMeans/kmeansReference';
import { recordPack } from '../../../kit/pack';
import { byteWindow, rowRanges } from '../../../kit/spans';
import { inputWeights, vectorParts, type ScaleGroups, type VectorLayout, type VectorParts } from './layout';

/** Encodes on the GPU. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
export async function encodeVectors(
  source: Source<VectorLayout>,
  context: CodecContext,
): Promise<VectorParts> {
  const { name, values, layout } = source;
  requireHalfRange(name, values);
  const parts = zeroedParts(vectorParts(layout));
  if (layout.scales && parts.scales) await encodeScales(source, layout.scales, context, parts.scales);
  const clustering = await withWeights(layout, context);
  const codebook = await gpuJob(context, (job) => encodeChunks(job, source, clustering, parts));
  return { ...parts, codebook };
}

/** Encodes scales in ranges of rows that begin at even rows, so that their halves fill whole words. */
async function encodeScales(
  { values, layout }: Source<VectorLayout>,
  groups: ScaleGroups,
  context: CodecContext,
  out: Uint8Array,
): Promise<void> {
  for (const range of rowRanges(layout, context.gpu.maxBindingBytes, { align: 2 }))
    await gpuJob(context, (job) => encodeRangeScales(job, values, groups, range, out));
}

async function encodeRangeScales(
  job: GpuJob,
  values: Float32Array,
  { columns, group, groupsPerRow }: ScaleGroups,
  { firstRow, rows }: RowRange,
  out: Uint8Array,
): Promise<void> {
  const groups = rows * groupsPerRow;
  const weights = values.subarray(firstRow * columns, (firstRow + rows) * columns);
  const scales = job.scope.allocate(4 * groups, 'scales');
  await job.dispatch('codecs/vq/scales', {
    params: { groups, groupsPerRow, columns, group },
    bindings: { w: job.scope.upload(weights, 'weights'), scales },
    threads: groups,
    cost: 4 * rows * columns,
  });
  const packed = await recordPack(job, scales, groups, 16);
  await job.run();
  out.set(await job.read(packed, 2 * groups), 2 * firstRow * groupsPerRow);
}

async function withWeights(
  { clustering, weighted }: VectorLayout,
  context: CodecContext,
): Promise<ClusterSettings> {
  const { inputs } = context;
  if (!weighted || !inputs) return clustering;
  const diagonal = await readDiagonal(inputs.gram, context);
  return { ...clustering, weights: { columns: inputWeights(diagonal), per: 'element' } };
}

/** Finds the codebook and fills the indices. @returns the codebook as stored */
async function encodeChunks(
  job: GpuJob,
  { values, layout: { bits, scales } }: Source<VectorLayout>,
  clustering: ClusterSettings,
  parts: VectorParts,
): Promise<Uint8Array> {
  const { dimension, clusters } = clustering;
  const chunks = uploadChunks(job, values, dimension, clusters);
  if (scales && parts.scales)
    for (const chunk of chunks) await recordNormalise(job, chunk, scales, parts.scales);
  const codebook = await recordKMeans(job, chunks, clustering);
  const packed: GPUBuffer[] = [];
  for (const { indices, vectors } of chunks) packed.push(await recordPack(job, indices, vectors, bits));
  await job.run();
  for (const [i, { first }] of chunks.entries())
    parts.indices.set(await job.read(packed[i]), (first / dimension / 8) * bits);
  return halfBytes(await readCodebook(job, codebook, dimension), 'nearest');
}

async function recordNormalise(
  { scope, dispatch }: GpuJob,
  { first, count, values }: VectorChunk,
  { columns, group, groupsPerRow }: ScaleGroups,
  scales: Uint8Array,
): Promise<void> {
  const groupOf = (element: number) =>
    Math.floor(element / columns) * groupsPerRow + Math.floor((element % columns) / group);
  const firstGroup = groupOf(first);
  const halves = groupOf(first + count - 1) + 1 - firstGroup;
  const window = byteWindow(scales, 2 * firstGroup, 2 * halves);
  await dispatch('codecs/vq/normalise', {
    params: { count, first, columns, group, groupsPerRow, firstScale: firstGroup - window.shift / 2 },
    bindings: { scales: scope.upload(window.bytes, 'scales'), x: values },
    threads: count,
    cost: 16 * count,
  });
}
