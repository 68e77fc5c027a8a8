import { throwIfAborted } from '../../../../../base/errors';
import type { DenseMatrix } from '../../../../../runtime/linear/matrix';
import type { Codec, CodecContext, SourceTensor, CodedTensor } from '../../../../contract/codec';
import type { Parts } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { gpuJob } from '../../../../kit/gpuJob';
import { CHUNK_ELEMENTS, threadGroups } from '../../../../kit/spans';
import { flatWeights, recordScatter, type Batch } from '../../../../kit/transforms/flat';
import { recordForward, recordInverse } from '../../../../kit/transforms/gpuTransform';
import {
  chunkBatches,
  chunksOf,
  joinParts,
  percentileParts,
  percentileRank,
  rawStreams,
  readParts,
  type KeptCodes,
} from './layout';
import meta from './meta';
import reference from './reference';
import { deflate } from './zlib';

/** float32 through one transform of 2048, as a share of the largest weight. */
const DECODE_TOLERANCE = 1e-5;
/** Operations per coefficient: the percentile counts them 31 times for each of two ranks. */
const SEARCH_COST = 4 * 62;
const CODE_COST = 16;
const CHUNK = 2048;

function batches(total: number, { gpu }: CodecContext) {
  const fit = Math.max(1, Math.floor(Math.min(gpu.maxBindingBytes / 8, CHUNK_ELEMENTS / 4) / CHUNK));
  return chunkBatches(chunksOf(total), fit);
}

async function encode(tensor: SourceTensor, options: CodecOptions, context: CodecContext): Promise<Parts> {
  const values = flatWeights(tensor);
  const codes: KeptCodes[] = [];
  const streams: Uint8Array[] = [];
  for (const batch of batches(values.length, context))
    codes.push(...(await encodeBatch(values, batch, options, context)));
  for (const kept of codes) {
    throwIfAborted(context.signal);
    streams.push(...(await Promise.all(rawStreams(kept, Number(options.bits)).map(deflate))));
  }
  return joinParts(codes, streams);
}

function encodeBatch(
  values: Float32Array,
  { first, length, blocks, weights }: Batch & { weights: number },
  options: CodecOptions,
  context: CodecContext,
): Promise<KeptCodes[]> {
  const { gpu } = context;
  const count = length * blocks;
  return gpuJob(context, async (job) => {
    const { scope, recorder } = job;
    // Allocated whole and zeroed: what follows the last weight is the padding.
    const x = scope.allocate(4 * count, 'weights');
    gpu.buffers.write(x, values.subarray(first, first + weights));
    const c = await recordForward({ gpu, job, name: 'phase-fft', length, blocks }, x);
    const thresholds = scope.allocate(4 * blocks, 'thresholds');
    recorder.dispatch(await gpu.kernels.get({ module: 'codecs/rft-percentile/percentile' }), {
      params: { blocks, length, ...percentileRank(Number(options.percentile), length) },
      bindings: { c, thresholds },
      workgroups: blocks,
      cost: SEARCH_COST * count,
    });
    const most = scope.allocate(4 * blocks, 'scales');
    const kept = scope.allocate(4 * count, 'kept');
    const codes = scope.allocate(8 * count, 'codes');
    const levels = 2 ** (Number(options.bits) - 1) - 1;
    recorder.dispatch(await gpu.kernels.get({ module: 'codecs/rft-percentile/sparse' }), {
      params: { blocks, length, levels },
      bindings: { c, thresholds, most, kept, codes },
      workgroups: blocks,
      cost: CODE_COST * count,
    });
    await job.run();
    const mask = new Uint32Array((await job.read(kept, 4 * count)).buffer);
    const pairs = new Int32Array((await job.read(codes, 8 * count)).buffer);
    const tops = new Float32Array((await job.read(most, 4 * blocks)).buffer);
    return Array.from(tops, (top, block) => gather(mask, pairs, block * length, length, top / levels));
  });
}

/** The kept coefficients of one block. */
function gather(
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

async function decode(stored: CodedTensor, target: DenseMatrix, context: CodecContext): Promise<void> {
  const { name, shape, options, parts } = stored;
  const total = shape[0] * shape[1];
  const chunks = readParts(name, parts, chunksOf(total), options);
  let next = 0;
  for (const batch of batches(total, context)) {
    await decodeBatch(chunks.slice(next, next + batch.blocks), batch, target, context);
    next += batch.blocks;
  }
}

function decodeBatch(
  chunks: readonly KeptCodes[],
  { first, length, blocks, weights }: Batch & { weights: number },
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const { gpu } = context;
  const count = length * blocks;
  const pairs = new Int32Array(2 * count);
  chunks.forEach(({ indices, real, imaginary }, block) =>
    indices.forEach((k, i) => pairs.set([real[i], imaginary[i]], 2 * (block * length + k))),
  );
  return gpuJob(context, async (job) => {
    const { scope, recorder } = job;
    const c = scope.allocate(8 * count, 'coefficients');
    recorder.dispatch(await gpu.kernels.get({ module: 'codecs/rft-percentile/dense' }), {
      params: { count, length },
      bindings: {
        codes: scope.upload(pairs, 'codes'),
        scales: scope.upload(
          Float32Array.from(chunks, ({ scale }) => scale),
          'scales',
        ),
        c,
      },
      workgroups: threadGroups(count),
      cost: CODE_COST * count,
    });
    const x = await recordInverse({ gpu, job, name: 'phase-fft', length, blocks }, c);
    recordScatter(job, target, x, first, weights);
    await job.run();
  });
}

const codec: Codec = {
  meta,
  layout: percentileParts,
  encode,
  decode,
  reference,
  decodeTolerance: DECODE_TOLERANCE,
  /** Dropping coefficients loses at most the norm of a chunk, √2048 times its largest weight; rounding the rest adds half as much. */
  errorBound: () => (largest) => 1.5 * Math.sqrt(CHUNK) * largest + 2 ** -100,
};

export default codec;
