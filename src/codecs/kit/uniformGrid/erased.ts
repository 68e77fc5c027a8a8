import type {
  Codec,
  CodecContext,
  CodecReference,
  EncodeWork,
  MatrixShape,
  SourceTensor,
  CodedTensor,
} from '../../contract/codec';
import { defineCodec } from '../../contract/defineCodec';
import type { CodecMeta, CodecOptions } from '../../contract/meta';
import { partLayouts, toStoredParts, type PartLayout, type Parts } from '../../contract/parts';
import type { DenseMatrix } from '../../../runtime/linear/matrix';
import { encodeWithFeedback } from '../errorFeedback/encode';
import type { Feedback } from '../errorFeedback/feedback';
import { feedbackLayout, type FeedbackOptions } from '../errorFeedback/layout';
import { uniformFeedbackReference } from '../errorFeedback/reference';
import { uniformFeedbackWork } from '../errorFeedback/work';
import { float16 } from '../float16';
import { uniformGrid } from './codec';
import {
  uniformGridErrorBound,
  uniformGridLayout,
  uniformGridParts,
  type UniformGridLayout,
  type UniformGridOptions,
} from './layout';

// What codecs that do not yet use `defineCodec` take from here; it goes with the last of them.

const grid = (options: CodecOptions) => options as unknown as UniformGridOptions;
const gptq = (options: CodecOptions) => options as unknown as FeedbackOptions;

export const rtnLayout = (shape: MatrixShape, options: CodecOptions) =>
  uniformGridLayout(shape, grid(options));
export const rtnParts = (layout: UniformGridLayout): PartLayout[] => partLayouts(uniformGridParts(layout));
export const rtnErrorBound = (options: CodecOptions) => uniformGridErrorBound(grid(options));

export function uniformGridCodec(meta: CodecMeta): Codec {
  return defineCodec(meta, {
    ...uniformGrid,
    layout: rtnLayout,
    equalCodes: ({ clip }: CodecOptions) => clip !== true,
    errorBound: rtnErrorBound,
  });
}

export const float16Codec = (meta: CodecMeta): Codec => defineCodec(meta, float16);

const META: CodecMeta = { id: '', label: '', family: '', source: '', notes: '', options: [], needs: {} };
const erased = uniformGridCodec(META);

/** Without what other codecs store beside the grid. */
function own(parts: Parts, shape: MatrixShape, options: CodecOptions): Parts {
  const suffixes = erased.layout(shape, options).map(({ suffix }) => suffix);
  return new Map([...parts].filter(([suffix]) => suffixes.includes(suffix)));
}

export const rtnReference: CodecReference = {
  ...erased.reference,
  decode: (parts, shape, options) => erased.reference.decode(own(parts, shape, options), shape, options),
};

export const requantiseRtn: NonNullable<CodecReference['requantise']> = (values, shape, options, parts) =>
  erased.reference.requantise!(values, shape, options, own(parts, shape, options));

export function decodeRtn(stored: CodedTensor, target: DenseMatrix, context: CodecContext): Promise<void> {
  const parts = own(stored.parts, stored.shape, stored.options);
  return erased.decode({ ...stored, parts }, target, context);
}

export const gptqReference: CodecReference = defineCodec(META, {
  ...uniformGrid,
  layout: (shape, options) => feedbackLayout(shape, gptq(options)),
  equalCodes: undefined,
  errorBound: rtnErrorBound,
  encodeWork: undefined,
  reference: uniformFeedbackReference,
}).reference;

export async function encodeTensorWith(
  feedback: Feedback,
  tensor: SourceTensor,
  options: CodecOptions,
  context: CodecContext,
): Promise<Parts> {
  const layout = feedbackLayout(tensor.shape, gptq(options));
  const parts = await encodeWithFeedback(feedback, { ...tensor, layout }, context);
  return toStoredParts(uniformGridParts(layout), parts);
}

export const gptqWork = (shape: MatrixShape, options: CodecOptions): EncodeWork =>
  uniformFeedbackWork(feedbackLayout(shape, gptq(options)));

export type Piece = [suffix: string, bytes: Uint8Array, at: number];
