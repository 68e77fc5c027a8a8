import { LabError } from '../../base/errors';
import type { Codec, CodecContext, CodecReference, SourceTensor } from '../contract/codec';
import type { CodecMeta } from '../contract/meta';
import { damaged } from '../contract/parts';
import { bits16Of, bytesOf16, findNonFinite16 } from './storedFloats';
import { gpuJob } from './gpuJob';
import { partSpans, spans, threadGroups, type PartSpan, type Span } from './spans';

/** A float type of two bytes: how it is called and converted. */
export interface SixteenBitFormat {
  dtype: 'F16' | 'BF16';
  /** Kernel with entries `encode` and `decode`, e.g. `codecs/kit/float16/half`. */
  module: string;
  /** Bits of the exponent field; all ones mark infinity and NaN. */
  exponentMask: number;
  largest: string;
  /** Upper bound of |rounded − w| for |w| up to the argument. */
  errorBound: (largest: number) => number;
}

/** Integer operations per element, as the command stream counts work. */
const COST = 12;

/** A codec that rounds every weight to a two-byte float. Part `values`: [out, in], little-endian. */
export function sixteenBitCodec(meta: CodecMeta, format: SixteenBitFormat, reference: CodecReference): Codec {
  return {
    meta,
    layout: (shape) => [{ suffix: 'values', kind: 'float', dtype: format.dtype, shape }],

    async encode(tensor, _options, context) {
      const bytes = new Uint8Array(2 * tensor.values.length);
      const limit = context.gpu.maxBindingBytes / 4;
      for (const span of spans(tensor.values.length, limit, 2))
        bytes.set(await encodeSpan(format, tensor, span, context), 2 * span.first);
      const index = findNonFinite16(bytes, format.exponentMask);
      if (index >= 0) throw overflow(meta, format, tensor, index);
      return new Map([['values', bytes]]);
    },

    async decode({ name, parts }, target, context) {
      const bytes = parts.get('values')!;
      const index = findNonFinite16(bytes, format.exponentMask);
      if (index >= 0) throw damaged(name, `value ${index} is not a finite number`);
      for (const span of partSpans(target)) await decodeSpan(format, bytes, span, context);
    },

    reference,
    errorBound: () => format.errorBound,
  };
}

/** The definition: one conversion per weight, rounding to nearest, ties to even. */
export function sixteenBitReference(
  format: Pick<SixteenBitFormat, 'exponentMask' | 'largest'>,
  convert: { encode(values: Float32Array): Uint16Array; decode(bits: Uint16Array): Float32Array },
): CodecReference {
  return {
    encode(values) {
      const bytes = bytesOf16(convert.encode(values));
      const index = findNonFinite16(bytes, format.exponentMask);
      if (index >= 0)
        throw new LabError('bad-input', `Value ${values[index]} is over ${format.largest}.`, 'Use float32.');
      return new Map([['values', bytes]]);
    },
    decode: (parts) => convert.decode(bits16Of(parts.get('values')!)),
  };
}

function encodeSpan(
  { module }: SixteenBitFormat,
  { values }: SourceTensor,
  { first, count }: Span,
  context: CodecContext,
): Promise<Uint8Array> {
  return gpuJob(context, async ({ scope, recorder, run, read }) => {
    const kernel = await context.gpu.kernels.get({ module, entry: 'encode' });
    const input = scope.upload(values.subarray(first, first + count), 'weights');
    const out = scope.allocate(2 * count, 'codes');
    recorder.dispatch(kernel, {
      params: { count },
      bindings: { input, out },
      workgroups: threadGroups(Math.ceil(count / 2)),
      cost: COST * count,
    });
    await run();
    return read(out, 2 * count);
  });
}

function decodeSpan(
  { module }: SixteenBitFormat,
  bytes: Uint8Array,
  { part, offset, first, count }: PartSpan,
  context: CodecContext,
): Promise<void> {
  return gpuJob(context, async ({ scope, recorder, run }) => {
    const kernel = await context.gpu.kernels.get({ module, entry: 'decode' });
    const input = scope.upload(bytes.subarray(2 * first, 2 * (first + count)), 'codes');
    const out = scope.allocate(4 * count, 'decoded');
    recorder.dispatch(kernel, {
      params: { count },
      bindings: { input, out },
      workgroups: threadGroups(count),
      cost: COST * count,
    });
    const target = { target: part.buffer, targetOffset: 4 * offset };
    recorder.copy({ label: 'decoded', source: out, sourceOffset: 0, bytes: 4 * count, ...target });
    await run();
  });
}

function overflow(
  meta: CodecMeta,
  format: SixteenBitFormat,
  { name, values }: SourceTensor,
  index: number,
): LabError {
  return new LabError(
    'bad-input',
    `${name} holds ${values[index]}, which ${meta.label} cannot store (largest ${format.largest}).`,
    'Store this tensor as float32.',
  );
}
