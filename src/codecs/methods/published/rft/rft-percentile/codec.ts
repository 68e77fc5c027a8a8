import { throwIfAborted } from '../../../../../base/errors';
import type { DenseMatrix } from '../../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../../contract/codec';
import { defineCodec, type Coded, type Source } from '../../../../contract/defineCodec';
import { recordCopyToTarget } from '../../../../kit/fillTarget';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { CHUNK_ELEMENTS } from '../../../../kit/spans';
import { flatWeights, type TransformBatch } from '../../../../kit/transforms/flat';
import { recordForward, recordInverse } from '../../../../kit/transforms/gpuTransform';
import {
  chunkBatches,
  joinStreams,
  percentileLayout,
  percentileParts,
  percentileRank,
  rawStreams,
  readKeptCodes,
  type KeptCodes,
  type PercentileLayout,
  type PercentileParts,
} from './layout';
import meta from './meta';
import { percentileReference } from './reference';
import { deflate } from './zlib';

/** The float32 rounding of one transform of 2048, as a share of the largest weight. */
const DECODE_TOLERANCE = 1e-5;
/** Operations per coefficient of the percentile, which counts them 31 times for each of two ranks. */
const SEARCH_COST = 4 * 62;
const CODE_COST = 16;
const CHUNK = 2048;

function batches({ chunks }: PercentileLayout, { gpu }: CodecContext) {
  const fit = Math.max(1, Math.floor(Math.min(gpu.maxBindingBytes / 8, CHUNK_ELEMENTS / 4) / CHUNK));
  return chunkBatches(chunks, fit);
}

async function encode(source: Source<PercentileLayout>, context: CodecContext): Promise<PercentileParts> {
  const { layout } = source;
  const values = flatWeights(source);
  const codes: KeptCodes[] = [];
  const streams: Uint8Array[] = [];
  for (const batch of batches(layout, context))
    codes.push(...(await gpuJob(context, (job) => encodeBatch(job, values, batch, layout))));
  for (const kept of codes) {
    throwIfAborted(context.signal);
    streams.push(...(await Promise.all(rawStreams(kept, layout.bits).map(deflate))));
  }
  return joinStreams(codes, streams);
}

async function encodeBatch(
  job: GpuJob,
  values: Float32Array,
  { first, length, blocks, weights }: TransformBatch & { weights: number },
  { percentile, levels }: PercentileLayout,
): Promise<KeptCodes[]> {
  const { gpu, scope, dispatch, run, readFloats, readWords } = job;
  const count = length * blocks;
  // The buffer is allocated zeroed, which pads the last chunk.
  const x = scope.allocate(4 * count, 'weights');
  gpu.buffers.write(x, values.subarray(first, first + weights));
  const c = await recordForward({ job, name: 'phase-fft', length, blocks }, x);
  const thresholds = scope.allocate(4 * blocks, 'thresholds');
  await dispatch('codecs/rft-percentile/percentile', {
    params: { blocks, length, ...percentileRank(percentile, length) },
    bindings: { c, thresholds },
    workgroups: blocks,
    cost: SEARCH_COST * count,
  });
  const peaks = scope.allocate(4 * blocks, 'peaks');
  const kept = scope.allocate(4 * count, 'kept');
  const codes = scope.allocate(8 * count, 'codes');
  await dispatch('codecs/rft-percentile/sparse', {
    params: { blocks, length, levels },
    bindings: { c, thresholds, peaks, kept, codes },
    workgroups: blocks,
    cost: CODE_COST * count,
  });
  await run();
  const mask = await readWords(kept);
  const pairs = new Int32Array((await readWords(codes)).buffer);
  const scales = (await readFloats(peaks)).map((peak) => peak / levels);
  return Array.from(scales, (scale, block) => keptCodes(mask, pairs, block * length, length, scale));
}

/** Collects the kept coefficients of one block. */
function keptCodes(
  mask: Uint32Array,
  pairs: Int32Array,
  first: number,
  length: number,
  scale: number,
): KeptCodes {
  const indices = Uint16Array.from(Array.from({ length }, (_, k) => k).filter((k) => mask[first + k]));
  const part = (which: 0 | 1) => Int16Array.from(indices, (k) => pairs[2 * (first + k) + which]);
  return { indices, real: part(0), imaginary: part(1), scale };
}

async function decode(
  { name, layout, parts }: Coded<PercentileLayout, PercentileParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const chunks = readKeptCodes(name, parts, layout);
  let next = 0;
  for (const batch of batches(layout, context)) {
    const stored = chunks.slice(next, next + batch.blocks);
    next += batch.blocks;
    await gpuJob(context, async (job) => {
      await recordBatch(job, stored, batch, target);
      await job.run();
    });
  }
}

/** Records decoding chunks into the target. */
async function recordBatch(
  job: GpuJob,
  chunks: readonly KeptCodes[],
  { first, length, blocks, weights }: TransformBatch & { weights: number },
  target: DenseMatrix,
): Promise<void> {
  const { scope, dispatch } = job;
  const count = length * blocks;
  const pairs = new Int32Array(2 * count);
  chunks.forEach(({ indices, real, imaginary }, block) =>
    indices.forEach((k, i) => pairs.set([real[i], imaginary[i]], 2 * (block * length + k))),
  );
  const scales = Float32Array.from(chunks, ({ scale }) => scale);
  const c = scope.allocate(8 * count, 'coefficients');
  await dispatch('codecs/rft-percentile/dense', {
    params: { count, length },
    bindings: { codes: scope.upload(pairs, 'codes'), scales: scope.upload(scales, 'scales'), c },
    threads: count,
    cost: CODE_COST * count,
  });
  const x = await recordInverse({ job, name: 'phase-fft', length, blocks }, c);
  recordCopyToTarget(job, target, x, first, weights);
}

export default defineCodec(meta, {
  layout: percentileLayout,
  parts: percentileParts,
  encode,
  decode,
  reference: percentileReference,
  // Coefficients and their percentile are float32.
  equalCodes: () => false,
  decodeTolerance: DECODE_TOLERANCE,
  // Dropping coefficients loses at most the norm of a chunk, √2048 times its largest weight. Rounding the others adds half as much.
  errorBound: () => (largest) => 1.5 * Math.sqrt(CHUNK) * largest + 2 ** -100,
});
