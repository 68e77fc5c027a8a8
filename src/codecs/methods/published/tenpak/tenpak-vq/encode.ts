import type { CodecContext, SourceTensor } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { Parts } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { halfBytes, requireHalfRange } from '../../../../kit/halves';
import { allocateChunks, recordKMeans, unpadCodebook } from '../../../../kit/kMeans/kmeans';
import { recordPacked } from '../../../../kit/kMeans/pack';
import { headerBytes } from '../../../../kit/tenpak/residual/header';
import { pocketLayout, pocketParts, type PocketLayout } from './layout';
import { CLUSTERS, recordSubtract } from '../../../../kit/tenpak/residual/centroids';
import { residualOf } from '../../../../kit/tenpak/residual/residual';
import {
  readResidual,
  recordResidual,
  type RecordedResidual,
} from '../../../../kit/tenpak/residual/residualGpu';

/** WGSL encode. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
export async function encodePocket(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  requireHalfRange(tensor.name, tensor.values);
  const layout = pocketLayout(tensor.shape, options);
  const parts = new Map<string, Uint8Array>();
  for (const part of pocketParts(layout)) parts.set(part.suffix, new Uint8Array(partBytes(part)));
  parts.set('header', headerBytes(layout.header));
  await gpuJob(context, (job) => encodeChunks(job, context, tensor.values, layout, parts));
  return parts;
}

async function encodeChunks(
  job: GpuJob,
  context: CodecContext,
  values: Float32Array,
  { elements, clustering, residual, faithful }: PocketLayout,
  parts: Map<string, Uint8Array>,
): Promise<void> {
  const { dimension } = clustering;
  const chunks = allocateChunks(job, elements, dimension, CLUSTERS);
  for (const { first, count, values: buffer } of chunks)
    context.gpu.buffers.write(buffer, values.subarray(first, first + count));
  const codebook = await recordKMeans(job, chunks, clustering);
  const results: { indices: GPUBuffer; rest: RecordedResidual }[] = [];
  for (const chunk of chunks) {
    await recordSubtract(job, context, chunk, codebook, dimension);
    const rest = await recordResidual(job, context, chunk.values, chunk.count, residual);
    results.push({ indices: await recordPacked(job, chunk.indices, chunk.vectors, 8), rest });
  }
  await job.run();
  const centroids = await job.read(codebook.buffer, codebook.buffer.size);
  parts.set(
    'codebook',
    halfBytes(unpadCodebook(centroids, codebook.padded, dimension), faithful ? 'cut' : 'nearest'),
  );
  for (const [i, { first, vectors }] of chunks.entries()) {
    parts.get('indices')!.set(await job.read(results[i].indices, vectors), first / dimension);
    await readResidual(job, results[i].rest, first, residual, residualOf(parts));
  }
}
