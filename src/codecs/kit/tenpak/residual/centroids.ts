import type { CodecContext } from '../../../contract/codec';
import type { GpuJob } from '../../gpuJob';
import type { GpuCodebook, VectorChunk } from '../../kMeans/kmeans';
import { threadGroups } from '../../spans';

/** Centroids of every version; an index is one byte. */
export const CLUSTERS = 256;

/** Takes each vector's centroid from it: what the residual quantiser gets. */
export async function recordSubtract(
  { recorder }: GpuJob,
  { gpu }: CodecContext,
  { count, values, indices }: VectorChunk,
  { buffer, padded }: GpuCodebook,
  dimension: number,
): Promise<void> {
  recorder.dispatch(await gpu.kernels.get({ module: 'codecs/kit/tenpak/vqSubtract' }), {
    params: { count, dimension, padded },
    bindings: { indices, codebook: buffer, x: values },
    workgroups: threadGroups(count),
    cost: 8 * count,
  });
}
