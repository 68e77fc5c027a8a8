import { splitRows } from '../../../../runtime/linear/matrix';
import type { CodecContext, SourceTensor } from '../../../contract/codec';
import { partBytes } from '../../../contract/parts';
import type { Parts } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { gpuJob, type GpuJob } from '../../../kit/gpuJob';
import { CHUNK_ELEMENTS, byteWindow, threadGroups } from '../../../kit/spans';
import { halfBytes, requireHalfRange } from '../../../kit/halves';
import { allocateChunks, recordKMeans, unpadCodebook, type VectorChunk } from '../../../kit/kMeans/kmeans';
import type { ClusterSettings } from '../../../kit/kMeans/kmeansReference';
import { inputWeights, vectorLayout, vectorParts, type ScaleGroups, type VectorLayout } from './layout';
import { recordPacked } from '../../../kit/kMeans/pack';

/** WGSL encode. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
export async function encodeVectors(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  requireHalfRange(tensor.name, tensor.values);
  const layout = vectorLayout(tensor.shape, options);
  const parts = new Map<string, Uint8Array>();
  for (const part of vectorParts(layout)) parts.set(part.suffix, new Uint8Array(partBytes(part)));
  if (layout.scales) await encodeScales(tensor, layout.scales, context, parts.get('scales')!);
  const clustering = await withWeights(layout.clustering, options, context);
  await gpuJob(context, (job) => encodeChunks(job, context, tensor.values, layout, clustering, parts));
  return parts;
}

/** Scales by row ranges; ranges begin at even rows, so that their halves fill whole words. */
async function encodeScales(
  { values, shape: [rows] }: SourceTensor,
  { columns, group, groupsPerRow }: ScaleGroups,
  context: CodecContext,
  out: Uint8Array,
): Promise<void> {
  const bytes = Math.min(context.gpu.maxBindingBytes, 4 * Math.max(CHUNK_ELEMENTS, 2 * columns));
  for (const range of splitRows(rows, 4 * columns, bytes, 2))
    await gpuJob(context, async (job) => {
      const groups = range.rows * groupsPerRow;
      const first = range.firstRow * columns;
      const scales = job.scope.allocate(4 * groups, 'scales');
      job.recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/vq/scales' }), {
        params: { groups, groupsPerRow, columns, group },
        bindings: {
          w: job.scope.upload(values.subarray(first, first + range.rows * columns), 'weights'),
          scales,
        },
        workgroups: threadGroups(groups),
        cost: 4 * range.rows * columns,
      });
      const packed = await recordPacked(job, context, scales, groups, 16);
      await job.run();
      out.set(await job.read(packed, 2 * groups), 2 * range.firstRow * groupsPerRow);
    });
}

async function withWeights(
  clustering: ClusterSettings,
  options: CodecOptions,
  context: CodecContext,
): Promise<ClusterSettings> {
  const { inputs } = context;
  if (options.weighting !== 'input' || !inputs) return clustering;
  const diagonal = await gpuJob(context, async ({ scope, recorder, run, read }) => {
    const out = scope.allocate(4 * inputs.columns, 'diagonal');
    for (const { buffer, firstRow, rows } of inputs.gram.parts)
      recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/vq/diagonal' }), {
        params: { rows, firstRow, columns: inputs.columns },
        bindings: { matrix: buffer, out },
        workgroups: threadGroups(rows),
        cost: rows,
      });
    await run();
    return new Float32Array((await read(out, out.size)).buffer);
  });
  return { ...clustering, weights: { columns: inputWeights(diagonal), per: 'element' } };
}

async function encodeChunks(
  job: GpuJob,
  context: CodecContext,
  values: Float32Array,
  { bits, scales }: VectorLayout,
  clustering: ClusterSettings,
  parts: Map<string, Uint8Array>,
): Promise<void> {
  const { dimension, clusters } = clustering;
  const chunks = allocateChunks(job, context, values.length, dimension, clusters);
  for (const chunk of chunks) {
    const { first, count, values: buffer } = chunk;
    context.gpu.buffers.write(buffer, values.subarray(first, first + count));
    if (scales) await recordNormalise(job, context, chunk, scales, parts.get('scales')!);
  }
  const codebook = await recordKMeans(job, context, chunks, clustering);
  const packed: GPUBuffer[] = [];
  for (const { indices, vectors } of chunks)
    packed.push(await recordPacked(job, context, indices, vectors, bits));
  await job.run();
  const centroids = await job.read(codebook.buffer, codebook.buffer.size);
  parts.set('codebook', halfBytes(unpadCodebook(centroids, codebook.padded, dimension), 'nearest'));
  for (const [i, { first }] of chunks.entries())
    parts.get('indices')!.set(await job.read(packed[i], packed[i].size), (first / dimension / 8) * bits);
}

async function recordNormalise(
  { scope, recorder }: GpuJob,
  { gpu }: CodecContext,
  { first, count, values }: VectorChunk,
  { columns, group, groupsPerRow }: ScaleGroups,
  scales: Uint8Array,
): Promise<void> {
  const groupOf = (element: number) =>
    Math.floor(element / columns) * groupsPerRow + Math.floor((element % columns) / group);
  const firstGroup = groupOf(first);
  const halves = groupOf(first + count - 1) + 1 - firstGroup;
  const window = byteWindow(scales, 2 * firstGroup, 2 * halves);
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/vq/normalise' }), {
    params: { count, first, columns, group, groupsPerRow, firstScale: firstGroup - window.shift / 2 },
    bindings: { scales: scope.upload(window.bytes, 'scales'), x: values },
    workgroups: threadGroups(count),
    cost: 16 * count,
  });
}
