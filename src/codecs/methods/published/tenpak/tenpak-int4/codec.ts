import { defineCodec } from '../../../../contract/defineCodec';
import { quantiserBound } from '../../../../kit/tenpak/int4/bound';
import { decodeInt4 } from '../../../../kit/tenpak/int4/decode';
import { encodeInt4 } from '../../../../kit/tenpak/int4/encode';
import { int4Layout, int4Parts } from '../../../../kit/tenpak/int4/layout';
import { methodOf, type Int4Options } from '../../../../kit/tenpak/int4/methods';
import { int4Reference } from '../../../../kit/tenpak/int4/reference';
import meta from './meta';

/** Bounds the error: a residual adds at most its own bound, and a Hadamard block sums 256 weights, forwards and back. */
function int4ErrorBound(options: Int4Options): (largest: number) => number {
  const { codes, residual, transform } = methodOf(options);
  return (largest) => {
    const gathered = transform === 'hadamard' ? 16 * largest : 2 * largest;
    const first = quantiserBound(codes, gathered);
    const both = residual ? first + quantiserBound(residual, first) : first;
    return transform === 'hadamard' ? 16 * both : both;
  };
}

export default defineCodec(meta, {
  layout: int4Layout,
  parts: int4Parts,
  encode: encodeInt4,
  decode: decodeInt4,
  reference: int4Reference,
  errorBound: int4ErrorBound,
});
