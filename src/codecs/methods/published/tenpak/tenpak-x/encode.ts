import type { CodecContext, SourceTensor } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { Parts } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { CLUSTERS, recordSubtract } from '../../../../kit/tenpak/residual/centroids';
import { residualOf } from '../../../../kit/tenpak/residual/residual';
import { headerBytes } from '../../../../kit/tenpak/residual/header';
import {
  readResidual,
  recordResidual,
  type RecordedResidual,
} from '../../../../kit/tenpak/residual/residualGpu';
import { halfBytes, requireHalfRange } from '../../../../kit/halves';
import { allocateChunks, recordKMeans, unpadCodebook, type VectorChunk } from '../../../../kit/kMeans/kmeans';
import { recordPacked } from '../../../../kit/kMeans/pack';
import { requireHalfFactors, xFactors } from './factors';
import { columnImportance, xClustering, xLayout, xLowRank, xParts, type XLayout } from './layout';
import { findLowRank, recordProduct, type Factors } from '../../../../kit/tenpak/lowRank/lowRank';

/** WGSL encode. @throws LabError bad-input naming the tensor for weights or factors beyond float16; Cancelled */
export async function encodeX(
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  requireHalfRange(tensor.name, tensor.values);
  const layout = xLayout(tensor.shape, options);
  const parts = new Map<string, Uint8Array>();
  for (const part of xParts(layout)) parts.set(part.suffix, new Uint8Array(partBytes(part)));
  parts.set('header', headerBytes(layout.header));
  const importance = columnImportance(tensor.values, tensor.shape[1]);
  const factors = layout.rank > 0 ? await findFactors(tensor, layout, importance, context) : undefined;
  if (factors) {
    const rounding = layout.faithful ? 'cut' : 'nearest';
    parts.set('left', halfBytes(factors.left, rounding)).set('right', halfBytes(factors.right, rounding));
  }
  await gpuJob(context, async (job) => {
    const chunks = await recordRest(job, context, tensor.values, layout, factors);
    await encodeRest(job, context, chunks, layout, importance, parts);
  });
  return parts;
}

async function findFactors(
  { name, shape, values }: SourceTensor,
  layout: XLayout,
  importance: Float64Array,
  context: CodecContext,
): Promise<Factors> {
  const roots = Float32Array.from(importance, Math.sqrt);
  const found = await findLowRank(context, values, shape, xLowRank(layout), roots);
  const factors = xFactors(found, layout.rank, roots, !layout.faithful);
  requireHalfFactors(name, factors);
  return factors;
}

/** Chunks with what L·R leaves of the weights. */
async function recordRest(
  job: GpuJob,
  context: CodecContext,
  values: Float32Array,
  { elements, dimension, shape }: XLayout,
  factors: Factors | undefined,
): Promise<VectorChunk[]> {
  const chunks = allocateChunks(job, elements, dimension, CLUSTERS);
  for (const { first, count, values: buffer } of chunks) {
    context.gpu.buffers.write(buffer, values.subarray(first, first + count));
    const run = { first, count, offset: 0, out: buffer };
    if (factors) await recordProduct(job, context, factors, shape[1], run, true);
  }
  return chunks;
}

async function encodeRest(
  job: GpuJob,
  context: CodecContext,
  chunks: readonly VectorChunk[],
  layout: XLayout,
  importance: Float64Array,
  parts: Map<string, Uint8Array>,
): Promise<void> {
  const { dimension, residual, faithful } = layout;
  const codebook = await recordKMeans(job, chunks, xClustering(layout, importance));
  const results: { indices: GPUBuffer; rest?: RecordedResidual }[] = [];
  for (const chunk of chunks) {
    const indices = await recordPacked(job, chunk.indices, chunk.vectors, 8);
    await recordSubtract(job, context, chunk, codebook, dimension);
    const rest = residual && (await recordResidual(job, context, chunk.values, chunk.count, residual));
    results.push({ indices, rest });
  }
  await job.run();
  const centroids = unpadCodebook(
    await job.read(codebook.buffer, codebook.buffer.size),
    codebook.padded,
    dimension,
  );
  parts.set('codebook', halfBytes(centroids, faithful ? 'cut' : 'nearest'));
  for (const [i, { first, vectors }] of chunks.entries()) {
    const { indices, rest } = results[i];
    parts.get('indices')!.set(await job.read(indices, vectors), first / dimension);
    if (residual) await readResidual(job, rest!, first, residual, residualOf(parts));
  }
}
