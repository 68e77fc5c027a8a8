import { throwIfAborted } from '../../../../../base/errors';
import type { DenseMatrix } from '../../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../../contract/codec';
import { defineCodec, type Coded, type Source } from '../../../../contract/defineCodec';
import { recordCopyToTarget } from '../../../../kit/fillTarget';
import { gpuJob } from '../../../../kit/gpuJob';
import { forwardBlock, inverseBlock } from '../../../../kit/transforms/coding';
import { blockBatches, flatBlocks, flatWeights, type TransformBatch } from '../../../../kit/transforms/flat';
import { recordCoefficients, recordRanges, recordWords } from '../../../../kit/transforms/gpuPolar';
import { recordForward, recordInverse } from '../../../../kit/transforms/gpuTransform';
import { readContainer, writeContainer, type Chunk } from './container';
import { vertexErrorBound, vertexLayout, vertexParts, type VertexLayout, type VertexParts } from './layout';
import meta from './meta';
import { vertexReference } from './reference';

/** The float32 rounding of one transform of up to 4096, as a share of the largest weight. */
const DECODE_TOLERANCE = 1e-5;

type StoredChunk = { at: TransformBatch; chunk: Chunk };

async function encode(source: Source<VertexLayout>, context: CodecContext): Promise<VertexParts> {
  const { layout } = source;
  const values = flatWeights(source);
  const chunks = layout.lossless
    ? await losslessChunks(values, layout, context)
    : await lossyChunks(values, layout, context);
  return { container: writeContainer(values, layout, chunks) };
}

/** Transforms on the host, because the lossless mode requires float64, which WGSL does not have. */
async function losslessChunks(
  values: Float32Array,
  { basis, chunk }: VertexLayout,
  { signal }: CodecContext,
): Promise<StoredChunk[]> {
  const found: StoredChunk[] = [];
  for (const at of flatBlocks(values.length, chunk)) {
    throwIfAborted(signal);
    const block = values.subarray(at.first, at.first + at.length);
    found.push({ at, chunk: { coefficients: forwardBlock(basis, block) } });
    await Promise.resolve();
  }
  return found;
}

async function lossyChunks(
  values: Float32Array,
  { basis: name, chunk, scale }: VertexLayout,
  context: CodecContext,
): Promise<StoredChunk[]> {
  const found: StoredChunk[] = [];
  for (const { first, length, blocks } of blockBatches(context.gpu, values.length, chunk, name)) {
    const count = length * blocks;
    await gpuJob(context, async (job) => {
      const x = job.scope.upload(values.subarray(first, first + count), 'weights');
      const c = await recordForward({ job, name, length, blocks }, x);
      const coefficients = { c, count, segment: length };
      const ranges = await recordRanges(job, coefficients, scale.prune);
      const words = await recordWords(job, coefficients, ranges, scale);
      await job.run();
      const codes = await job.readWords(words, count);
      const peaks = await job.readFloats(ranges, 2 * blocks);
      for (let i = 0; i < blocks; i++)
        found.push({
          at: { first: first + i * length, length, blocks: 1 },
          chunk: { words: codes.subarray(i * length, (i + 1) * length), peak: peaks[2 * i + 1] },
        });
    });
  }
  return found;
}

async function decode(
  { name, layout, parts }: Coded<VertexLayout, VertexParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const at = flatBlocks(layout.weights, layout.chunk);
  const chunks = readContainer(name, parts.container, layout, at);
  if (layout.lossless) await decodeLossless(chunks, at, layout, target, context);
  else await decodeLossy(chunks, layout, target, context);
}

async function decodeLossless(
  chunks: readonly Chunk[],
  at: readonly TransformBatch[],
  { basis }: VertexLayout,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  for (const [i, chunk] of chunks.entries()) {
    throwIfAborted(context.signal);
    if (!('coefficients' in chunk)) continue;
    const values = Float32Array.from(inverseBlock(basis, chunk.coefficients));
    await gpuJob(context, async (job) => {
      recordCopyToTarget(job, target, job.scope.upload(values, 'weights'), at[i].first, values.length);
      await job.run();
    });
  }
}

async function decodeLossy(
  chunks: readonly Chunk[],
  { weights, basis: name, chunk: chunkLength, scale }: VertexLayout,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  let next = 0;
  for (const { first, length, blocks } of blockBatches(context.gpu, weights, chunkLength, name)) {
    const words = new Uint32Array(length * blocks);
    const peaks = new Float32Array(blocks);
    for (let i = 0; i < blocks; i++) {
      const chunk = chunks[next++];
      if (!('words' in chunk)) continue;
      words.set(chunk.words, i * length);
      peaks[i] = chunk.peak;
    }
    await gpuJob(context, async (job) => {
      const c = await recordCoefficients(job, words, length, peaks, scale);
      const x = await recordInverse({ job, name, length, blocks }, c);
      recordCopyToTarget(job, target, x, first, words.length);
      await job.run();
    });
  }
}

export default defineCodec(meta, {
  layout: vertexLayout,
  parts: vertexParts,
  encode,
  decode,
  reference: vertexReference,
  // Lossy coefficients are float32 sums.
  equalCodes: ({ mode }) => mode === 'lossless',
  decodeTolerance: DECODE_TOLERANCE,
  errorBound: vertexErrorBound,
});
