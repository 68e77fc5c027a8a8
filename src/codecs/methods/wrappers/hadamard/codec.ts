import { LabError } from '../../../../base/errors';
import type { Codec, CodecContext, GroupResult, SourceTensor, TensorGroup } from '../../../contract/codec';
import { decodeTensor, encodeGroup } from '../../../contract/coding';
import { defineWrapper } from '../../../contract/wrapper';
import type { CodecOptions } from '../../../contract/meta';
import { rotate, unrotate } from './gpu';
import { releaseInputs, rotatedInputs } from './inputs';
import meta from './meta';
import { hadamardReference } from './reference';
import { maxRotated, rotationOf, type RotationOptions } from './rotation';
import { hadamardWork } from './work';

/** The rounding of float32 sums in both transforms, as a share of the largest weight. */
const ROUNDING = 2e-5;

/** Rotates tensors and the statistics of their input, and encodes them together. */
async function encodeRotated(
  inner: Codec,
  innerOptions: CodecOptions,
  { tensors }: TensorGroup,
  options: RotationOptions,
  context: CodecContext,
): Promise<GroupResult> {
  const rotation = rotationOf(tensors[0].shape[1], options);
  const rotated: SourceTensor[] = [];
  for (const tensor of tensors)
    rotated.push({ ...tensor, values: await rotate(tensor.values, rotation, context) });
  const inputs = context.inputs && (await rotatedInputs(context.inputs, rotation, context));
  try {
    // The norm is left out, because a scale of rotated columns cannot be folded into it.
    return await encodeGroup(inner, { tensors: rotated }, innerOptions, { ...context, inputs });
  } finally {
    releaseInputs(context, inputs);
  }
}

export default defineWrapper(meta, (inner, innerOptions) => {
  if (inner.quantisesActivations?.(innerOptions))
    throw new LabError(
      'bad-plan',
      `hadamard rotates only weights, but ${inner.meta.id} with these options also quantises activations.`,
      'Use another inner codec, or this one without rotation.',
    );
  const codec: Codec<RotationOptions> = {
    meta: { ...meta, orientation: inner.meta.orientation },
    layout: (shape) => inner.layout(shape, innerOptions),
    encodeWork: (shape) => hadamardWork(inner, innerOptions, shape),

    async encode(tensor, options, context) {
      const result = await encodeRotated(inner, innerOptions, { tensors: [tensor] }, options, context);
      return result.parts.get(tensor.name)!;
    },

    async decode(stored, target, context) {
      await decodeTensor(inner, { ...stored, options: innerOptions }, target, context);
      await unrotate(target, rotationOf(stored.shape[1], stored.options), context);
    },

    reference: hadamardReference(inner, innerOptions),
    // Rotations are float32 sums.
    equalCodes: () => false,
    decodeTolerance: ROUNDING + (inner.decodeTolerance ?? 0),
    /** A rotation of n columns enlarges a weight at most √n times, and errors add up to √n times the largest. */
    errorBound(options) {
      const root = Math.sqrt(maxRotated(options));
      const bound = inner.errorBound(innerOptions);
      return (largest) => root * bound(root * largest) + ROUNDING * largest;
    },
  };
  if (inner.encodeGroup)
    codec.encodeGroup = (group, options, context) =>
      encodeRotated(inner, innerOptions, group, options, context);
  return codec;
});
