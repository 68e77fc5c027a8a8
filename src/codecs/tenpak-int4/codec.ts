import type { Codec, CodecOptions } from '../codec';
import { decodeInt4 } from './decode';
import { encodeInt4 } from './encode';
import { int4Parts } from './layout';
import meta from './meta';
import { methodOf, SEARCH_STEPS } from './methods';
import type { Quantiser } from './ranges';
import reference from './reference';

const codec: Codec = {
  meta,
  layout: (shape, options) => int4Parts(shape, methodOf(options)),
  encode: encodeInt4,
  decode: decodeInt4,
  reference,
  errorBound: int4ErrorBound,
};

/**
 * Ends move by at most η errors of half a step, so a step grows by at most η ÷ levels of itself per round; a weight errs by half
 * a step, by what its end moved, and by what float16 cuts off scale and offset.
 */
export function quantiserBound({ rounds, eta, bits, steps }: Quantiser, largest: number): number {
  const levels = 2 ** bits - 1;
  const step = ((2 * largest) / levels) * (1 + eta / levels) ** rounds;
  const moved = (0.5 + (eta * rounds) / 2) * step;
  const clipped = steps > 0 ? (2 * largest * SEARCH_STEPS) / 64 : 0;
  return moved + clipped + (levels * step + largest + moved) * 2 ** -9 + 32 * 2 ** -24 + 1e-8;
}

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
