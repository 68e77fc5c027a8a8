import type { CodecContext } from '../../../../contract/codec';
import type { Source } from '../../../../contract/defineCodec';
import { zeroedParts } from '../../../../contract/parts';
import { gpuJob } from '../../../../kit/gpuJob';
import { halfBytes, requireHalfRange } from '../../../../kit/halves';
import { uploadChunks } from '../../../../kit/kMeans/kmeans';
import { headerBytes } from '../../../../kit/tenpak/header';
import { CLUSTERS, encodeVectorChunks } from '../../../../kit/tenpak/residual/vectors';
import { pocketParts, type PocketLayout, type PocketParts } from './layout';

/** Encodes on the GPU. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
export async function encodePocket(
  { name, values, layout }: Source<PocketLayout>,
  context: CodecContext,
): Promise<PocketParts> {
  requireHalfRange(name, values);
  const { clustering, residual: settings, header, faithful } = layout;
  const parts = { ...zeroedParts(pocketParts(layout)), header: headerBytes(header) };
  const codebook = await gpuJob(context, (job) => {
    const chunks = uploadChunks(job, values, clustering.dimension, CLUSTERS);
    return encodeVectorChunks(job, chunks, clustering, parts.indices, { settings, into: parts });
  });
  return { ...parts, codebook: halfBytes(codebook, faithful ? 'truncate' : 'nearest') };
}
