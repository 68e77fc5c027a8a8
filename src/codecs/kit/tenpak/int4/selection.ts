import type { CodecContext } from '../../../contract/codec';
import { gpuJob, type GpuJob } from '../../gpuJob';
import { spans, type Span } from '../../spans';

/** Uploads the weights of a span as they are compared. */
export type SpanSource = (job: GpuJob, span: Span) => Promise<GPUBuffer>;

/** Makes a source of the weights as they are. */
export function uploadSpan(values: Float32Array): SpanSource {
  return ({ scope }, { first, count }) =>
    Promise.resolve(scope.upload(values.subarray(first, first + count), 'weights'));
}

const BINS = 256;
/** Weights one workgroup of the histogram counts. */
const PER_WORKGROUP = 4096;

/**
 * Finds the indices of the `wanted` weights of largest magnitude among `count`, ascending; of equal ones the first count. It is a
 * radix selection over the bits of |w|: four histograms on the GPU, then masks of the weights above the threshold and of those on it.
 */
export async function largestOnGpu(
  context: CodecContext,
  count: number,
  wanted: number,
  source: SpanSource,
): Promise<Uint32Array> {
  if (wanted === 0) return new Uint32Array();
  const pieces = spans(count, context.gpu.maxBindingBytes / 4, 32);
  let prefix = 0;
  let left = wanted;
  for (const shift of [24, 16, 8, 0]) {
    const counts = await histogram(context, pieces, source, shift, prefix);
    let bin = BINS - 1;
    for (; counts[bin] < left; bin--) left -= counts[bin];
    prefix = prefix * BINS + bin;
  }
  return gather(context, pieces, source, prefix, { wanted, ties: left });
}

/** Counts the weights with each byte at `shift`, among those whose higher bits equal `prefix`. */
async function histogram(
  context: CodecContext,
  pieces: readonly Span[],
  source: SpanSource,
  shift: number,
  prefix: number,
): Promise<Float64Array> {
  const total = new Float64Array(BINS);
  for (const span of pieces)
    await gpuJob(context, async (job) => {
      const counts = job.scope.allocate(4 * BINS, 'histogram');
      await job.dispatch('codecs/kit/tenpak/int4Histogram', {
        params: { count: span.count, shift, prefix },
        bindings: { w: await source(job, span), counts },
        workgroups: Math.ceil(span.count / PER_WORKGROUP),
        cost: 8 * span.count,
      });
      await job.run();
      (await job.readWords(counts)).forEach((n, bin) => (total[bin] += n));
    });
  return total;
}

/** Collects the weights above the threshold and the first `ties` of those on it. */
async function gather(
  context: CodecContext,
  pieces: readonly Span[],
  source: SpanSource,
  threshold: number,
  { wanted, ties }: { wanted: number; ties: number },
): Promise<Uint32Array> {
  const indices = new Uint32Array(wanted);
  let taken = 0;
  for (const span of pieces) {
    const [above, equal] = await masks(context, source, span, threshold);
    for (let word = 0; word < above.length; word++) {
      if (above[word] === 0 && (equal[word] === 0 || ties === 0)) continue;
      for (let bit = 0; bit < 32; bit++) {
        const tie = ties > 0 && ((equal[word] >>> bit) & 1) === 1;
        if (tie) ties--;
        if (tie || (above[word] >>> bit) & 1) indices[taken++] = span.first + 32 * word + bit;
      }
    }
  }
  return indices;
}

function masks(
  context: CodecContext,
  source: SpanSource,
  span: Span,
  threshold: number,
): Promise<[above: Uint32Array, equal: Uint32Array]> {
  return gpuJob(context, async (job) => {
    const words = Math.ceil(span.count / 32);
    const above = job.scope.allocate(4 * words, 'above');
    const equal = job.scope.allocate(4 * words, 'equal');
    await job.dispatch('codecs/kit/tenpak/int4Selected', {
      params: { count: span.count, threshold },
      bindings: { w: await source(job, span), above, equal },
      threads: words,
      cost: 8 * span.count,
    });
    await job.run();
    return [await job.readWords(above), await job.readWords(equal)];
  });
}
