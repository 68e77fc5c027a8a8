import type { Codec, CodecReference } from '../../../contract/codec';
import type { CodecOptions } from '../../../contract/meta';
import { rotatedReferenceInputs } from './inputs';
import { rotateReference, rotationOf, unrotateReference, type RotationOptions } from './rotation';

/** Makes the reference, which applies the inner codec's reference to rotated rows. */
export function hadamardReference(inner: Codec, innerOptions: CodecOptions): CodecReference<RotationOptions> {
  return {
    encode(values, shape, options, inputs) {
      const rotation = rotationOf(shape[1], options);
      const rotated = Float32Array.from(rotateReference(values, rotation));
      const own = inputs && rotatedReferenceInputs(inputs, rotation);
      return inner.reference.encode(rotated, shape, innerOptions, own);
    },
    decode(parts, shape, options) {
      const rotated = inner.reference.decode(parts, shape, innerOptions);
      return Float32Array.from(unrotateReference(rotated, rotationOf(shape[1], options)));
    },
  };
}
