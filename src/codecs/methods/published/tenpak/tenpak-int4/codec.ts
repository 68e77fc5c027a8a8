import type { Codec } from '../../../../contract/codec';
import type { CodecOptions } from '../../../../contract/meta';
import { decodeInt4 } from '../../../../kit/tenpak/int4/decode';
import { encodeInt4 } from '../../../../kit/tenpak/int4/encode';
import { int4Parts } from '../../../../kit/tenpak/int4/layout';
import meta from './meta';
import { methodOf } from '../../../../kit/tenpak/int4/methods';
import { quantiserBound } from '../../../../kit/tenpak/int4/bound';
import reference from '../../../../kit/tenpak/int4/reference';

const codec: Codec = {
  meta,
  layout: (shape, options) => int4Parts(shape, methodOf(options)),
  encode: encodeInt4,
  decode: decodeInt4,
  reference,
  errorBound: int4ErrorBound,
};

/** A residual adds at most its own bound; a Hadamard block gathers 256 weights, forwards and back. */
function int4ErrorBound(options: CodecOptions): (largest: number) => number {
  const { codes, residual, transform } = methodOf(options);
  return (largest) => {
    const gathered = transform === 'hadamard' ? 16 * largest : 2 * largest;
    const first = quantiserBound(codes, gathered);
    const both = residual ? first + quantiserBound(residual, first) : first;
    return transform === 'hadamard' ? 16 * both : both;
  };
}

export default codec;
