import type { DenseMatrix } from '../../../../../runtime/linear/matrix';
import type { CodecContext } from '../../../../contract/codec';
import { defineCodec, type Coded, type Source } from '../../../../contract/defineCodec';
import { recordCopyToTarget } from '../../../../kit/fillTarget';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { spans } from '../../../../kit/spans';
import { blockBatches, flatWeights, type TransformBatch } from '../../../../kit/transforms/flat';
import { recordCoefficients, recordRanges, recordWords } from '../../../../kit/transforms/gpuPolar';
import { recordForward, recordInverse } from '../../../../kit/transforms/gpuTransform';
import { amplitudeTable, directionTable, type ModulusRange } from '../../../../kit/transforms/polar';
import {
  coarseTables,
  hybridErrorBound,
  hybridLayout,
  hybridParts,
  hybridScale,
  type HybridLayout,
  type HybridParts,
} from './layout';
import meta from './meta';
import { inputCount } from './predictor';
import { keptData, hybridReference, storedRange } from './reference';
import { readHybridData, writeHybridData, type HybridData } from './stored';

/** The float32 rounding of transform and network, as a share of the largest weight. */
const DECODE_TOLERANCE = 3e-5;
/** Coefficients whose range one workgroup finds. */
const SEGMENT = 4096;
/** Operations of the network per coefficient. */
const NETWORK_COST = 4000;
/** Coefficients of one dispatch of the network. */
const NETWORK_SPAN = 2 ** 14;

async function encode(source: Source<HybridLayout>, context: CodecContext): Promise<HybridParts> {
  const { layout } = source;
  const { c, range: found } = await transformAll(flatWeights(source), layout, context);
  const range = storedRange(found);
  const words = await wordsOf(c, range, layout, context);
  return writeHybridData(keptData(c, words, range, layout), layout);
}

/** Computes all coefficients (re, im) on the host, and the range of the kept moduli. */
async function transformAll(
  values: Float32Array,
  { block, basis: name, prune }: HybridLayout,
  context: CodecContext,
): Promise<{ c: Float32Array; range?: ModulusRange }> {
  const c = new Float32Array(2 * values.length);
  let [min, max] = [Infinity, 0];
  for (const { first, length, blocks } of blockBatches(context.gpu, values.length, block, name)) {
    const count = length * blocks;
    await gpuJob(context, async (job) => {
      const x = job.scope.upload(values.subarray(first, first + count), 'weights');
      const y = await recordForward({ job, name, length, blocks }, x);
      const ranges = await recordRanges(job, { c: y, count, segment: SEGMENT }, prune);
      await job.run();
      c.set(await job.readFloats(y, 2 * count), 2 * first);
      const found = await job.readFloats(ranges, 2 * Math.ceil(count / SEGMENT));
      for (let i = 0; i < found.length; i += 2) {
        // A segment that keeps no coefficient has a minimum above its maximum.
        if (found[i] > found[i + 1]) continue;
        [min, max] = [Math.min(min, found[i]), Math.max(max, found[i + 1])];
      }
    });
  }
  return { c, ...(min !== Infinity && { range: { min, max } }) };
}

async function wordsOf(
  c: Float32Array,
  range: ModulusRange,
  layout: HybridLayout,
  context: CodecContext,
): Promise<Uint32Array> {
  const scale = hybridScale(layout, layout.refine, range);
  const words = new Uint32Array(c.length / 2);
  for (const { first, count } of spans(words.length, context.gpu.maxBindingBytes / 8))
    await gpuJob(context, async (job) => {
      const part = job.scope.upload(c.subarray(2 * first, 2 * (first + count)), 'coefficients');
      const coefficients = { c: part, count, segment: count };
      const unused = job.scope.allocate(8, 'ranges');
      const found = await recordWords(job, coefficients, unused, scale);
      await job.run();
      words.set(await job.readWords(found, count), first);
    });
  return words;
}

async function decode(
  { name, layout, parts }: Coded<HybridLayout, HybridParts>,
  target: DenseMatrix,
  context: CodecContext,
): Promise<void> {
  const data = readHybridData(name, parts, layout);
  const { weights, block, basis } = layout;
  let kept = 0;
  for (const batch of blockBatches(context.gpu, weights, block, basis)) {
    const end = batch.first + batch.length * batch.blocks;
    const from = kept;
    while (kept < data.indices.length && data.indices[kept] < end) kept++;
    await gpuJob(context, async (job) => {
      const c = await recordRestore(job, data, { from, to: kept }, batch, layout);
      const t = { job, name: basis, length: batch.length, blocks: batch.blocks };
      recordCopyToTarget(job, target, await recordInverse(t, c), batch.first, end - batch.first);
      await job.run();
    });
  }
}

/** Records restoring the coefficients of a batch from the kept ones [from, to). */
async function recordRestore(
  job: GpuJob,
  data: HybridData,
  { from, to }: { from: number; to: number },
  batch: TransformBatch,
  layout: HybridLayout,
): Promise<GPUBuffer> {
  const count = batch.length * batch.blocks;
  const at = (i: number) => data.indices[i] - batch.first;
  if (data.coefficients) {
    const c = new Float32Array(2 * count);
    for (let i = from; i < to; i++) c.set(data.coefficients.subarray(2 * i, 2 * i + 2), 2 * at(i));
    return job.scope.upload(c, 'coefficients');
  }
  const words = new Uint32Array(count);
  for (let i = from; i < to; i++) words[at(i)] = data.words![i];
  if (data.predictor) return recordPrediction(job, data, words, batch, layout);
  const scale = hybridScale(layout, layout.refine, data.range!);
  return recordCoefficients(job, words, count, Float32Array.of(1), scale);
}

async function recordPrediction(
  { scope, recorder, dispatch }: GpuJob,
  { range, predictor }: HybridData,
  words: Uint32Array,
  { first }: TransformBatch,
  layout: HybridLayout,
): Promise<GPUBuffer> {
  const { block } = layout;
  const scale = hybridScale(layout, 0, range!);
  const { logs, angles } = coarseTables(scale);
  const upload = (values: Float64Array, label: string) => scope.upload(Float32Array.from(values), label);
  const tables = {
    logs: upload(logs, 'log amplitudes'),
    angles: upload(angles, 'phases'),
    amplitudes: upload(amplitudeTable(scale), 'amplitudes'),
    directions: upload(directionTable(scale), 'directions'),
    weights: scope.upload(predictor!, 'predictor'),
  };
  const c = scope.allocate(8 * words.length, 'coefficients');
  for (const span of spans(words.length, NETWORK_SPAN)) {
    const piece = scope.allocate(8 * span.count, 'coefficients');
    await dispatch('codecs/rft-hybrid/predict', {
      params: {
        count: span.count,
        first: (first + span.first) % block,
        segment: block,
        inputs: inputCount(block),
        positionScale: block > 1 ? 1 / (block - 1) : 0,
      },
      bindings: {
        ...tables,
        words: scope.upload(words.subarray(span.first, span.first + span.count), 'codes'),
        c: piece,
      },
      workgroups: Math.ceil(span.count / 2),
      cost: NETWORK_COST * span.count,
    });
    recorder.copy({
      label: 'coefficients',
      source: piece,
      sourceOffset: 0,
      target: c,
      targetOffset: 8 * span.first,
      bytes: 8 * span.count,
    });
  }
  return c;
}

export default defineCodec(meta, {
  layout: hybridLayout,
  parts: hybridParts,
  encode,
  decode,
  reference: hybridReference,
  // Coefficients are float32 sums.
  equalCodes: () => false,
  decodeTolerance: DECODE_TOLERANCE,
  errorBound: hybridErrorBound,
});
