import { LabError } from '../../../../base/errors';
import type { Codec } from '../../../contract/codec';
import { decodeTensor, encodeGroup, encodeTensor } from '../../../contract/coding';
import { defineWrapper } from '../../../contract/wrapper';
import { workOf } from '../../../contract/work';
import meta from './meta';

/**
 * Codes what it gets with the inner codec. The artefact layer gives it the difference from the base, and adds the base to what it
 * decodes. It offers no product with packed codes, since a layer also needs the base.
 */
export default defineWrapper(meta, (inner, innerOptions) => {
  if (inner.quantisesActivations?.(innerOptions))
    throw new LabError(
      'bad-plan',
      `delta codes only differences of weights, but ${inner.meta.id} with these options also quantises activations.`,
      'Use another inner codec, or this one on the whole model.',
    );
  const { reference } = inner;
  const codec: Codec = {
    meta: { ...meta, orientation: inner.meta.orientation, columnsMultiple: inner.meta.columnsMultiple },
    layout: (shape) => inner.layout(shape, innerOptions),
    encodeWork: (shape) => workOf(inner, shape, innerOptions),
    encode: (tensor, _, context) => encodeTensor(inner, tensor, innerOptions, context),
    decode: (stored, target, context) =>
      decodeTensor(inner, { ...stored, options: innerOptions }, target, context),
    reference: {
      encode: (values, shape, _, inputs, rowCounts) =>
        reference.encode(values, shape, innerOptions, inputs, rowCounts),
      decode: (parts, shape) => reference.decode(parts, shape, innerOptions),
      // The norm is left out, because a scale folded into it would also apply to the base.
      encodeGroup:
        reference.encodeGroup &&
        (({ tensors }, _, inputs) => reference.encodeGroup!({ tensors }, innerOptions, inputs)),
    },
    equalCodes: () => inner.equalCodes?.(innerOptions) ?? true,
    decodeTolerance: inner.decodeTolerance,
    errorBound: () => inner.errorBound(innerOptions),
  };
  if (inner.encodeGroup)
    codec.encodeGroup = ({ tensors }, _, context) => encodeGroup(inner, { tensors }, innerOptions, context);
  return codec;
});
