import type { GpuJob } from '../../gpuJob';
import { readCodebook, recordKMeans, type GpuCodebook, type VectorChunk } from '../../kMeans/kmeans';
import type { ClusterSettings } from '../../kMeans/kmeansReference';
import { recordPack } from '../../pack';
import { readResidual, recordQuantisedResidual, type QuantisedResidual } from './gpu';
import type { ResidualParts, ResidualSettings } from './residual';

/** Centroids of every version. An index is one byte. */
export const CLUSTERS = 256;

/** The quantiser of what the centroids leave, and the parts that it fills. */
interface ResidualTarget {
  settings: ResidualSettings;
  into: ResidualParts;
}

/**
 * Clusters chunks by k-means and codes what the centroids leave, if `residual` is given. Fills `indices` and the residual's parts.
 * @returns the codebook, [256, dimension]
 * @throws Cancelled, LabError
 */
export async function encodeVectorChunks(
  job: GpuJob,
  chunks: readonly VectorChunk[],
  clustering: ClusterSettings,
  indices: Uint8Array,
  residual: ResidualTarget | undefined,
): Promise<Float32Array> {
  const { dimension } = clustering;
  const codebook = await recordKMeans(job, chunks, clustering);
  const results: { packed: GPUBuffer; rest?: QuantisedResidual }[] = [];
  for (const chunk of chunks) {
    const packed = await recordPack(job, chunk.indices, chunk.vectors, 8);
    results.push({ packed, rest: residual && (await recordRest(job, chunk, codebook, dimension, residual)) });
  }
  await job.run();
  for (const [i, { first, vectors }] of chunks.entries()) {
    const { packed, rest } = results[i];
    indices.set(await job.read(packed, vectors), first / dimension);
    if (residual && rest) await readResidual(job, rest, first, residual.settings, residual.into);
  }
  return readCodebook(job, codebook, dimension);
}

/** Records subtracting each vector's centroid from it, and coding what is left. */
async function recordRest(
  job: GpuJob,
  { count, values, indices }: VectorChunk,
  { buffer, padded }: GpuCodebook,
  dimension: number,
  { settings }: ResidualTarget,
): Promise<QuantisedResidual> {
  await job.dispatch('codecs/kit/tenpak/vqSubtract', {
    params: { count, dimension, padded },
    bindings: { indices, codebook: buffer, x: values },
    threads: count,
    cost: 8 * count,
  });
  return recordQuantisedResidual(job, values, count, settings);
}
