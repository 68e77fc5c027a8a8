import type { CodecContext } from '../../../../contract/codec';
import type { Source } from '../../../../contract/defineCodec';
import { zeroedParts } from '../../../../contract/parts';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { halfBytes, requireHalfRange } from '../../../../kit/halves';
import { allocateChunks, recordKMeans, unpadCodebook } from '../../../../kit/kMeans/kmeans';
import { recordPack } from '../../../../kit/pack';
import { headerBytes } from '../../../../kit/tenpak/header';
import { CLUSTERS, recordSubtract } from '../../../../kit/tenpak/residual/centroids';
import {
  readResidual,
  recordQuantisedResidual,
  type QuantisedResidual,
} from '../../../../kit/tenpak/residual/gpu';
import { pocketParts, type PocketLayout, type PocketParts } from './layout';

/** WGSL encode. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
export async function encodePocket(
  source: Source<PocketLayout>,
  context: CodecContext,
): Promise<PocketParts> {
  const { name, values, layout } = source;
  requireHalfRange(name, values);
  const parts = { ...zeroedParts(pocketParts(layout)), header: headerBytes(layout.header) };
  const codebook = await gpuJob(context, (job) => encodeChunks(job, source, parts));
  return { ...parts, codebook };
}

/** Fills the indices and the residual. @returns the codebook as stored */
async function encodeChunks(
  job: GpuJob,
  { values, layout: { elements, clustering, residual, faithful } }: Source<PocketLayout>,
  parts: PocketParts,
): Promise<Uint8Array> {
  const { dimension } = clustering;
  const chunks = allocateChunks(job, elements, dimension, CLUSTERS);
  for (const { first, count, values: buffer } of chunks)
    job.gpu.buffers.write(buffer, values.subarray(first, first + count));
  const codebook = await recordKMeans(job, chunks, clustering);
  const results: { indices: GPUBuffer; rest: QuantisedResidual }[] = [];
  for (const chunk of chunks) {
    await recordSubtract(job, chunk, codebook, dimension);
    const rest = await recordQuantisedResidual(job, chunk.values, chunk.count, residual);
    results.push({ indices: await recordPack(job, chunk.indices, chunk.vectors, 8), rest });
  }
  await job.run();
  const centroids = await job.read(codebook.buffer);
  for (const [i, { first, vectors }] of chunks.entries()) {
    parts.indices.set(await job.read(results[i].indices, vectors), first / dimension);
    await readResidual(job, results[i].rest, first, residual, parts);
  }
  return halfBytes(unpadCodebook(centroids, codebook.padded, dimension), faithful ? 'truncate' : 'nearest');
}
