import type { GpuJob } from '../../gpuJob';
import type { GpuCodebook, VectorChunk } from '../../kMeans/kmeans';

/** Centroids of every version. An index is one byte. */
export const CLUSTERS = 256;

/** Records subtracting each vector's centroid from it, which leaves what the residual quantiser codes. */
export async function recordSubtract(
  { dispatch }: GpuJob,
  { count, values, indices }: VectorChunk,
  { buffer, padded }: GpuCodebook,
  dimension: number,
): Promise<void> {
  await dispatch('codecs/kit/tenpak/vqSubtract', {
    params: { count, dimension, padded },
    bindings: { indices, codebook: buffer, x: values },
    threads: count,
    cost: 8 * count,
  });
}
