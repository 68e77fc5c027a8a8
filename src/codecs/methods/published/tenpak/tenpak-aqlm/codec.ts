import type { CodecContext } from '../../../../contract/codec';
import { defineCodec, type Source } from '../../../../contract/defineCodec';
import { zeroedParts } from '../../../../contract/parts';
import { fillBySpans } from '../../../../kit/fillTarget';
import { gpuJob, type GpuJob } from '../../../../kit/gpuJob';
import { checkStoredHalves, requireHalfRange } from '../../../../kit/halves';
import { byteWindow, spans, type PartSpan, type Span } from '../../../../kit/spans';
import { additiveLayout, additiveParts, GROUP, type AdditiveLayout, type AdditiveParts } from './layout';
import meta from './meta';
import { additiveReference } from './reference';

/** Operations per weight and round: two passes over sixteen sums. */
const ROUND_COST = 100;
/** The most weights of one dispatch, so that Stop takes effect soon. */
const SPAN = 2 ** 18;

/** Encodes on the GPU. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
async function encode(
  { name, values, layout }: Source<AdditiveLayout>,
  context: CodecContext,
): Promise<AdditiveParts> {
  requireHalfRange(name, values);
  const parts = zeroedParts(additiveParts(layout));
  for (const span of spans(values.length, Math.min(SPAN, context.gpu.maxBindingBytes / 4), GROUP))
    await gpuJob(context, (job) => encodeSpan(job, values, span, layout, parts));
  return parts;
}

async function encodeSpan(
  { scope, dispatch, run, read }: GpuJob,
  weights: Float32Array,
  { first, count }: Span,
  { rounds, faithful }: AdditiveLayout,
  parts: AdditiveParts,
): Promise<void> {
  const groups = Math.ceil(count / GROUP);
  const words = Math.ceil(count / 8);
  const values = scope.upload(weights.subarray(first, first + count), 'weights');
  const used = scope.allocate(32 * groups, 'codebooks');
  const stored = scope.allocate(16 * groups, 'stored codebooks');
  const codes = scope.allocate(4 * words, 'codes');
  await dispatch('codecs/tenpak-aqlm/additiveBooks', {
    params: { groups, group: GROUP, count, rounds, faithful: Number(faithful) },
    bindings: { values, used, stored },
    threads: groups,
    cost: count * (4 * GROUP + ROUND_COST * rounds),
  });
  await dispatch('codecs/tenpak-aqlm/additiveCodes', {
    params: { words, group: GROUP, count },
    bindings: { values, used, codes },
    threads: words,
    cost: ROUND_COST * count,
  });
  await run();
  parts.codes.set(await read(codes, Math.ceil(count / 2)), first / 2);
  parts.codebooks.set(await read(stored, 16 * groups), (16 * first) / GROUP);
}

async function recordDecode(
  { scope, dispatch }: GpuJob,
  parts: AdditiveParts,
  { part, first, offset, count }: PartSpan,
): Promise<void> {
  const firstByte = Math.floor(first / 2);
  const end = first + count;
  const codes = byteWindow(parts.codes, firstByte, Math.ceil(end / 2) - firstByte);
  const firstGroup = Math.floor(first / GROUP);
  const books = parts.codebooks.subarray(16 * firstGroup, 16 * Math.ceil(end / GROUP));
  const firstCode = 2 * (firstByte - codes.shift);
  await dispatch('codecs/tenpak-aqlm/additiveDecode', {
    params: { count, first, offset, group: GROUP, firstCode, firstGroup },
    bindings: {
      codes: scope.upload(codes.bytes, 'codes'),
      books: scope.upload(books, 'codebooks'),
      out: part.buffer,
    },
    threads: count,
    cost: 16 * count,
  });
}

export default defineCodec(meta, {
  layout: additiveLayout,
  parts: additiveParts,
  encode,
  reference: additiveReference,

  async decode({ name, parts }, target, context) {
    checkStoredHalves(name, 'codebooks', parts.codebooks);
    await fillBySpans(target, context, (job, span) => recordDecode(job, parts, span));
  },

  // The first codebook starts at weights and only means of nearby ones replace it: no sum is further from a weight than twice
  // the range of its group.
  errorBound: () => (largest) => 4 * largest + 2 ** -22,
});
