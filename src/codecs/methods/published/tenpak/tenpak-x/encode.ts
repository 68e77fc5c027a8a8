import type { CodecContext } from '../../../../contract/codec';
import type { Source } from '../../../../contract/defineCodec';
import { zeroedParts } from '../../../../contract/parts';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { halfBytes, requireHalfRange } from '../../../../kit/halves';
import { allocateChunks, recordKMeans, unpadCodebook, type VectorChunk } from '../../../../kit/kMeans/kmeans';
import { recordPack } from '../../../../kit/pack';
import { headerBytes } from '../../../../kit/tenpak/header';
import { findLowRank, recordLowRankProduct, type LowRankFactors } from '../../../../kit/tenpak/lowRank/gpu';
import { CLUSTERS, recordSubtract } from '../../../../kit/tenpak/residual/centroids';
import {
  readResidual,
  recordQuantisedResidual,
  type QuantisedResidual,
} from '../../../../kit/tenpak/residual/gpu';
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

/** WGSL encode. @throws LabError bad-input naming the tensor for weights or factors beyond float16; Cancelled */
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
    return encodeRest(job, chunks, layout, importance, parts);
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
  { shape, values, layout: { elements, dimension } }: Source<XLayout>,
  factors: LowRankFactors | undefined,
): Promise<VectorChunk[]> {
  const chunks = allocateChunks(job, elements, dimension, CLUSTERS);
  for (const { first, count, values: buffer } of chunks) {
    job.gpu.buffers.write(buffer, values.subarray(first, first + count));
    const run = { first, count, offset: 0, out: buffer };
    if (factors) await recordLowRankProduct(job, factors, shape[1], run, true);
  }
  return chunks;
}

/** Fills the indices and the residual. @returns the codebook, [256, dimension] */
async function encodeRest(
  job: GpuJob,
  chunks: readonly VectorChunk[],
  layout: XLayout,
  importance: Float64Array,
  parts: XParts,
): Promise<Float32Array> {
  const { dimension, residual } = layout;
  const codebook = await recordKMeans(job, chunks, xClustering(layout, importance));
  const results: { indices: GPUBuffer; rest?: QuantisedResidual }[] = [];
  for (const chunk of chunks) {
    const indices = await recordPack(job, chunk.indices, chunk.vectors, 8);
    await recordSubtract(job, chunk, codebook, dimension);
    const rest = residual && (await recordQuantisedResidual(job, chunk.values, chunk.count, residual));
    results.push({ indices, rest });
  }
  await job.run();
  const centroids = await job.read(codebook.buffer);
  const into = xResidual(parts);
  for (const [i, { first, vectors }] of chunks.entries()) {
    const { indices, rest } = results[i];
    parts.indices.set(await job.read(indices, vectors), first / dimension);
    if (residual && rest && into) await readResidual(job, rest, first, residual, into);
  }
  return unpadCodebook(centroids, codebook.padded, dimension);
}
