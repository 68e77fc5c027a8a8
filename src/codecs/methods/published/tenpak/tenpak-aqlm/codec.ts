import type { Codec, CodecContext, SourceTensor } from '../../../../contract/codec';
import { partBytes } from '../../../../contract/parts';
import type { Parts } from '../../../../contract/parts';
import type { CodecOptions } from '../../../../contract/meta';
import { gpuJob } from '../../../../kit/gpuJob';
import { byteWindow, partSpans, spans, threadGroups, type PartSpan, type Span } from '../../../../kit/spans';
import { checkStoredHalves, requireHalfRange } from '../../../../kit/halves';
import { additiveLayout, additiveParts, GROUP, type AdditiveLayout } from './layout';
import meta from './meta';
import reference from './reference';

/** Operations per weight and round: two passes over sixteen sums. */
const ROUND_COST = 100;
/** Weights one dispatch fits, so that Stop answers. */
const SPAN = 2 ** 18;

/** WGSL encode. @throws LabError bad-input naming the tensor for weights beyond float16; Cancelled */
async function encodeAdditive(
  { name, shape, values }: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  requireHalfRange(name, values);
  const layout = additiveLayout(shape, options);
  const parts = new Map<string, Uint8Array>();
  for (const part of additiveParts(layout)) parts.set(part.suffix, new Uint8Array(partBytes(part)));
  for (const span of spans(values.length, Math.min(SPAN, context.gpu.maxBindingBytes / 4), GROUP))
    await encodeSpan(values, span, layout, context, parts);
  return parts;
}

function encodeSpan(
  values: Float32Array,
  { first, count }: Span,
  { rounds, faithful }: AdditiveLayout,
  context: CodecContext,
  parts: Parts,
): Promise<void> {
  const { kernels } = context.gpu;
  const groups = Math.ceil(count / GROUP);
  const words = Math.ceil(count / 8);
  return gpuJob(context, async ({ scope, recorder, run, read }) => {
    const source = scope.upload(values.subarray(first, first + count), 'weights');
    const used = scope.allocate(32 * groups, 'codebooks');
    const stored = scope.allocate(16 * groups, 'stored codebooks');
    const codes = scope.allocate(4 * words, 'codes');
    recorder.dispatch(await kernels.get({ module: 'codecs/tenpak-aqlm/additiveBooks' }), {
      params: { groups, group: GROUP, count, rounds, faithful: Number(faithful) },
      bindings: { values: source, used, stored },
      workgroups: threadGroups(groups),
      cost: count * (4 * GROUP + ROUND_COST * rounds),
    });
    recorder.dispatch(await kernels.get({ module: 'codecs/tenpak-aqlm/additiveCodes' }), {
      params: { words, group: GROUP, count },
      bindings: { values: source, used, codes },
      workgroups: threadGroups(words),
      cost: ROUND_COST * count,
    });
    await run();
    parts.get('codes')!.set(await read(codes, Math.ceil(count / 2)), first / 2);
    parts.get('codebooks')!.set(await read(stored, 16 * groups), (16 * first) / GROUP);
  });
}

async function decodeSpan(parts: Parts, span: PartSpan, context: CodecContext): Promise<void> {
  const firstByte = Math.floor(span.first / 2);
  const end = span.first + span.count;
  const codes = byteWindow(parts.get('codes')!, firstByte, Math.ceil(end / 2) - firstByte);
  const firstGroup = Math.floor(span.first / GROUP);
  const books = parts.get('codebooks')!.subarray(16 * firstGroup, 16 * Math.ceil(end / GROUP));
  await gpuJob(context, async ({ scope, recorder, run }) => {
    recorder.dispatch(await context.gpu.kernels.get({ module: 'codecs/tenpak-aqlm/additiveDecode' }), {
      params: {
        count: span.count,
        first: span.first,
        offset: span.offset,
        group: GROUP,
        firstCode: 2 * (firstByte - codes.shift),
        firstGroup,
      },
      bindings: {
        codes: scope.upload(codes.bytes, 'codes'),
        books: scope.upload(books, 'codebooks'),
        out: span.part.buffer,
      },
      workgroups: threadGroups(span.count),
      cost: 16 * span.count,
    });
    await run();
  });
}

const codec: Codec = {
  meta,
  layout: (shape, options) => additiveParts(additiveLayout(shape, options)),
  encode: encodeAdditive,
  reference,

  async decode({ name, parts }, target, context) {
    checkStoredHalves(name, 'codebooks', parts.get('codebooks')!);
    for (const span of partSpans(target)) await decodeSpan(parts, span, context);
  },

  // The first book starts at weights and only means of nearby ones replace it: no sum is further from a weight than twice
  // the range of its group.
  errorBound: () => (largest) => 4 * largest + 2 ** -22,
};

export default codec;
