import type { CodecContext } from '../../../../contract/codec';
import type { Source } from '../../../../contract/defineCodec';
import { zeroedParts } from '../../../../contract/parts';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { halfBytes, requireHalfRange } from '../../../../kit/halves';
import { uploadChunks, type VectorChunk } from '../../../../kit/kMeans/kmeans';
import { headerBytes } from '../../../../kit/tenpak/header';
import { findLowRank, recordLowRankProduct, type LowRankFactors } from '../../../../kit/tenpak/lowRank/gpu';
import { CLUSTERS, encodeVectorChunks } from '../../../../kit/tenpak/residual/vectors';
import { requireHalfFactors, xFactors } from './factors';
import {
  columnImportance,
  xResidual,
  xClustering,
  xLowRank,
  xParts,
  type XLayout,
  type XParts,
} from './layout';

/** Encodes on the GPU. @throws LabError bad-input naming the tensor for weights or factors beyond float16; Cancelled */
export async function encodeX(source: Source<XLayout>, context: CodecContext): Promise<XParts> {
  const { name, shape, values, layout } = source;
  requireHalfRange(name, values);
  const rounding = layout.faithful ? 'truncate' : 'nearest';
  const importance = columnImportance(values, shape[1]);
  const factors = layout.rank > 0 ? await findFactors(source, importance, context) : undefined;
  const parts = {
    ...zeroedParts(xParts(layout)),
    header: headerBytes(layout.header),
    ...(factors && {
      left: halfBytes(factors.left, rounding),
      right: halfBytes(factors.right, rounding),
    }),
  };
  const codebook = await gpuJob(context, async (job) => {
    const chunks = await recordRest(job, source, factors);
    const { residual: settings } = layout;
    const into = xResidual(parts);
    const residual = settings && into && { settings, into };
    return encodeVectorChunks(job, chunks, xClustering(layout, importance), parts.indices, residual);
  });
  return { ...parts, codebook: halfBytes(codebook, rounding) };
}

async function findFactors(
  { name, shape, values, layout }: Source<XLayout>,
  importance: Float64Array,
  context: CodecContext,
): Promise<LowRankFactors> {
  const roots = Float32Array.from(importance, Math.sqrt);
  const found = await findLowRank(context, values, shape, xLowRank(layout), roots);
  const factors = xFactors(found, layout.rank, roots, !layout.faithful);
  requireHalfFactors(name, factors);
  return factors;
}

/** Records subtracting L·R from the weights. @returns chunks of what is left */
async function recordRest(
  job: GpuJob,
  { shape, values, layout: { dimension } }: Source<XLayout>,
  factors: LowRankFactors | undefined,
): Promise<VectorChunk[]> {
  const chunks = uploadChunks(job, values, dimension, CLUSTERS);
  if (factors)
    for (const { first, count, values: out } of chunks)
      await recordLowRankProduct(job, factors, shape[1], { first, count, offset: 0, out }, true);
  return chunks;
}
