import { LabError } from '../../base/errors';
import type { DenseMatrix } from '../../runtime/linear/matrix';
import type { CodecContext, MatrixShape, SourceTensor } from '../contract/codec';
import { damaged, part } from '../contract/parts';
import { fillBySpans } from './fillTarget';
import { gpuJob, type GpuJob } from './gpuJob';
import { spans, type PartSpan } from './spans';
import { bits16Of, bytesOf16, findNonFinite16 } from './storedFloats';

/** A float format of two bytes, with its name and conversions. */
export interface SixteenBitFormat {
  label: string;
  dtype: 'F16' | 'BF16';
  /** The module with the entry points `encode` and `decode`, for example `codecs/kit/float16/half`. */
  module: string;
  /** The bits of the exponent field. All of them are set in infinity and NaN. */
  exponentMask: number;
  /** The largest finite value, for errors. */
  largest: string;
  /** Rounds to nearest, ties to even. */
  toBits: (values: Float32Array) => Uint16Array;
  toFloats: (bits: Uint16Array) => Float32Array;
  /** The largest |rounded − w| for |w| up to `largest`. */
  errorBound: (largest: number) => number;
}

/** Integer operations per element, as the command stream counts work. */
const COST = 12;

interface ValueParts {
  values: Uint8Array;
}

/** Makes the definition of the codec that rounds every weight to a two-byte float. Its part `values` is [out, in], little-endian. */
export function sixteenBitFloats(format: SixteenBitFormat) {
  return {
    layout: (shape: MatrixShape) => ({ shape }),
    parts: ({ shape }: { shape: MatrixShape }) => ({ values: part('float', format.dtype, shape) }),

    async encode(source: SourceTensor, context: CodecContext): Promise<ValueParts> {
      const values = new Uint8Array(2 * source.values.length);
      for (const span of spans(source.values.length, context.gpu.maxBindingBytes / 4, 2)) {
        const weights = source.values.subarray(span.first, span.first + span.count);
        values.set(await gpuJob(context, (job) => encodeSpan(job, format, weights)), 2 * span.first);
      }
      requireStorable(format, source, values);
      return { values };
    },

    async decode(
      { name, parts }: { name: string; parts: ValueParts },
      target: DenseMatrix,
      context: CodecContext,
    ) {
      const index = findNonFinite16(parts.values, format.exponentMask);
      if (index >= 0) throw damaged(name, `value ${index} is not a finite number`);
      await fillBySpans(target, context, (job, span) => recordDecode(job, format, parts.values, span));
    },

    reference: {
      encode(values: Float32Array): ValueParts {
        const bytes = bytesOf16(format.toBits(values));
        requireStorable(format, { name: 'The matrix', values }, bytes);
        return { values: bytes };
      },
      decode: ({ values }: ValueParts) => format.toFloats(bits16Of(values)),
    },

    errorBound: () => format.errorBound,
  };
}

async function encodeSpan(
  { scope, dispatch, run, read }: GpuJob,
  { module }: SixteenBitFormat,
  weights: Float32Array,
): Promise<Uint8Array> {
  const count = weights.length;
  const out = scope.allocate(2 * count, 'codes');
  await dispatch(
    { module, entry: 'encode' },
    {
      params: { count },
      bindings: { input: scope.upload(weights, 'weights'), out },
      threads: Math.ceil(count / 2),
      cost: COST * count,
    },
  );
  await run();
  return read(out, 2 * count);
}

async function recordDecode(
  { scope, recorder, dispatch }: GpuJob,
  { module }: SixteenBitFormat,
  bytes: Uint8Array,
  { part: { buffer }, offset, first, count }: PartSpan,
): Promise<void> {
  const input = scope.upload(bytes.subarray(2 * first, 2 * (first + count)), 'codes');
  const out = scope.allocate(4 * count, 'decoded');
  await dispatch(
    { module, entry: 'decode' },
    { params: { count }, bindings: { input, out }, threads: count, cost: COST * count },
  );
  const target = { target: buffer, targetOffset: 4 * offset };
  recorder.copy({ label: 'decoded', source: out, sourceOffset: 0, bytes: 4 * count, ...target });
}

/** Checks that no value became infinite. @throws LabError bad-input naming the tensor and the first such value */
function requireStorable(
  { exponentMask, label, largest }: SixteenBitFormat,
  { name, values }: Pick<SourceTensor, 'name' | 'values'>,
  bytes: Uint8Array,
): void {
  const index = findNonFinite16(bytes, exponentMask);
  if (index < 0) return;
  throw new LabError(
    'bad-input',
    `${name} holds ${values[index]}, which ${label} cannot store (its largest value is ${largest}).`,
    'Store this tensor as float32.',
  );
}
