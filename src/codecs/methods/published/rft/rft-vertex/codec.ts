import { throwIfAborted } from '../../../../../base/errors';
import type { DenseMatrix } from '../../../../../runtime/linear/matrix';
import type { Codec, CodecContext, SourceTensor, CodedTensor } from '../../../../contract/codec';
import type { Parts } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { gpuJob } from '../../../../kit/gpuJob';
import { forwardBlock, inverseBlock, type CodingBasis } from '../../../../kit/transforms/coding';
import { batchesOf, chunksOf, flatWeights, recordScatter, type Batch } from '../../../../kit/transforms/flat';
import { recordCoefficients, recordRanges, recordWords } from '../../../../kit/transforms/gpuPolar';
import { recordForward, recordInverse } from '../../../../kit/transforms/gpuTransform';
import { readContainer, writeContainer, type Chunk } from './container';
import { polarScale, vertexErrorBound, vertexParts } from './layout';
import meta from './meta';
import reference from './reference';

/** float32 through one transform of up to 4096, as a share of the largest weight. */
const DECODE_TOLERANCE = 1e-5;

type StoredChunk = { at: Batch; chunk: Chunk };

async function encode(tensor: SourceTensor, options: CodecOptions, context: CodecContext): Promise<Parts> {
  vertexParts(tensor.shape, options);
  const values = flatWeights(tensor);
  const chunks =
    options.mode === 'lossless'
      ? await losslessChunks(values, options, context)
      : await lossyChunks(values, options, context);
  return new Map([['container', writeContainer(values, tensor.shape, options, chunks)]]);
}

/** The lossless mode promises float64, which WGSL does not have: it runs on the host. */
async function losslessChunks(
  values: Float32Array,
  { transform, chunk }: CodecOptions,
  { signal }: CodecContext,
): Promise<StoredChunk[]> {
  const found: StoredChunk[] = [];
  for (const at of chunksOf(values.length, Number(chunk))) {
    throwIfAborted(signal);
    const block = values.subarray(at.first, at.first + at.length);
    found.push({ at, chunk: { coefficients: forwardBlock(transform as CodingBasis, block) } });
    await Promise.resolve();
  }
  return found;
}

async function lossyChunks(
  values: Float32Array,
  options: CodecOptions,
  context: CodecContext,
): Promise<StoredChunk[]> {
  const { gpu } = context;
  const [name, scale] = [options.transform as CodingBasis, polarScale(options)];
  const found: StoredChunk[] = [];
  for (const { first, length, blocks } of batchesOf(gpu, values.length, Number(options.chunk), name)) {
    const count = length * blocks;
    await gpuJob(context, async (job) => {
      const x = job.scope.upload(values.subarray(first, first + count), 'weights');
      const c = await recordForward({ gpu, job, name, length, blocks }, x);
      const coefficients = { c, count, segment: length };
      const ranges = await recordRanges(gpu, job, coefficients, scale.prune);
      const words = await recordWords(gpu, job, coefficients, ranges, scale);
      await job.run();
      const codes = new Uint32Array((await job.read(words, 4 * count)).buffer);
      const peaks = new Float32Array((await job.read(ranges, 8 * blocks)).buffer);
      for (let i = 0; i < blocks; i++)
        found.push({
          at: { first: first + i * length, length, blocks: 1 },
          chunk: { words: codes.subarray(i * length, (i + 1) * length), peak: peaks[2 * i + 1] },
        });
    });
  }
  return found;
}

async function decode(stored: CodedTensor, target: DenseMatrix, context: CodecContext): Promise<void> {
  const { name, shape, options, parts } = stored;
  const at = chunksOf(shape[0] * shape[1], Number(options.chunk));
  const chunks = readContainer(name, parts.get('container')!, options, at);
  if (options.mode === 'lossless') await decodeLossless(chunks, at, options, target, context);
  else await decodeLossy(chunks, stored, target, context);
}

async function decodeLossless(
  chunks: readonly Chunk[],
  at: readonly Batch[],
  { transform }: CodecOptions,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  for (const [i, chunk] of chunks.entries()) {
    throwIfAborted(context.signal);
    if (!('coefficients' in chunk)) continue;
    const values = Float32Array.from(inverseBlock(transform as CodingBasis, chunk.coefficients));
    await gpuJob(context, async (job) => {
      recordScatter(job, target, job.scope.upload(values, 'weights'), at[i].first, values.length);
      await job.run();
    });
  }
}

async function decodeLossy(
  chunks: readonly Chunk[],
  { shape, options }: CodedTensor,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const { gpu } = context;
  const [name, scale] = [options.transform as CodingBasis, polarScale(options)];
  let next = 0;
  for (const { first, length, blocks } of batchesOf(gpu, shape[0] * shape[1], Number(options.chunk), name)) {
    const words = new Uint32Array(length * blocks);
    const peaks = new Float32Array(blocks);
    for (let i = 0; i < blocks; i++) {
      const chunk = chunks[next++];
      if (!('words' in chunk)) continue;
      words.set(chunk.words, i * length);
      peaks[i] = chunk.peak;
    }
    await gpuJob(context, async (job) => {
      const c = await recordCoefficients(gpu, job, words, length, peaks, scale);
      const x = await recordInverse({ gpu, job, name, length, blocks }, c);
      recordScatter(job, target, x, first, words.length);
      await job.run();
    });
  }
}

const codec: Codec = {
  meta,
  layout: vertexParts,
  encode,
  decode,
  reference,
  decodeTolerance: DECODE_TOLERANCE,
  errorBound: vertexErrorBound,
};

export default codec;
