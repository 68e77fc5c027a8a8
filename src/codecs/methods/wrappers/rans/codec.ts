import type {
  Codec,
  CodecContext,
  GroupResult,
  MatrixShape,
  CodedTensor,
  TensorGroup,
} from '../../../contract/codec';
import { checkParts, decodeTensor, encodeGroup, encodeTensor } from '../../../contract/coding';
import { defineWrapper } from '../../../contract/wrapper';
import { type Parts, damaged } from '../../../contract/parts';
import type { CodecOptions } from '../../../contract/meta';
import { CorruptData } from '../../../kit/entropyCoding/bitio';
import { decodeParts, encodeParts } from './coding';
import meta from './meta';
import { ransLayout, type RansOptions } from './parts';
import { referenceParts, ransReference } from './reference';
import { ransWork } from './work';

/** The inner codec with its options. */
interface Inner {
  codec: Codec;
  options: CodecOptions;
}

const innerLayout = ({ codec, options }: Inner, shape: MatrixShape) => codec.layout(shape, options);

/** Decodes a tensor to the parts of the inner codec. @throws LabError bad-file naming the tensor */
async function unwrap(
  inner: Inner,
  stored: CodedTensor<RansOptions>,
  context: CodecContext,
): Promise<CodedTensor> {
  const { name, shape, options } = stored;
  try {
    const parts = await decodeParts(innerLayout(inner, shape), options, stored.parts, context);
    return { name, shape, options: inner.options, parts };
  } catch (error) {
    throw error instanceof CorruptData ? damaged(name, error.message) : error;
  }
}

async function encodeAll(
  inner: Inner,
  group: TensorGroup,
  options: RansOptions,
  context: CodecContext,
): Promise<GroupResult> {
  const result = await encodeGroup(inner.codec, group, inner.options, context);
  const parts = new Map<string, Parts>();
  for (const { name, shape } of group.tensors)
    parts.set(name, await encodeParts(innerLayout(inner, shape), options, result.parts.get(name)!, context));
  return { ...result, parts };
}

export default defineWrapper(meta, (codec, innerOptions) => {
  const inner = { codec, options: innerOptions };
  const wrapped: Codec<RansOptions> = {
    meta: { ...meta, orientation: codec.meta.orientation },
    layout: (shape, options) => ransLayout(innerLayout(inner, shape), options),
    encodeWork: (shape) => ransWork(codec, innerOptions, shape),

    async encode(tensor, options, context) {
      const parts = await encodeTensor(codec, tensor, innerOptions, context);
      return encodeParts(innerLayout(inner, tensor.shape), options, parts, context);
    },

    async decode(stored, target, context) {
      await decodeTensor(codec, await unwrap(inner, stored, context), target, context);
    },

    unwrap({ name, shape, options, parts }) {
      const own = referenceParts(innerLayout(inner, shape), options, parts);
      return { codec, stored: { name, shape, options: innerOptions, parts: own } };
    },

    quantisesActivations: () => codec.quantisesActivations?.(innerOptions) ?? false,
    decodeTolerance: codec.decodeTolerance,
    errorBound: () => codec.errorBound(innerOptions),
    reference: ransReference(codec, innerOptions),
  };
  if (codec.linear)
    wrapped.linear = async (stored, context) => {
      checkParts(wrapped, stored);
      return codec.linear!(await unwrap(inner, stored, context), context);
    };
  if (codec.encodeGroup)
    wrapped.encodeGroup = (group, options, context) => encodeAll(inner, group, options, context);
  return wrapped;
});
