import { basis, type BasisName } from './bases';
import { analyse, complexOf, synthesise, type ComplexVector } from './complexMatrix';
import { dft, inversePhaseFft, phaseFft, powerOfTwoFrom } from './fft';
import { isPowerOfTwo } from '../../../base/integers';

/** The transforms of codecs that flatten a tensor, from n reals to n complex coefficients. */
export const CODING_BASES = [
  'phase-fft',
  'golden-qr',
  'canonical',
  'identity',
  'dft',
  'dct',
  'hadamard',
  'random',
] as const satisfies readonly BasisName[];
export type CodingBasis = (typeof CODING_BASES)[number];

/** The maximum block length of a basis that is a dense matrix. */
export const MAX_DENSE = 512;

/** Whether a basis has a fast transform for any length. */
export function isFast(name: CodingBasis): boolean {
  return name === 'phase-fft' || name === 'dft';
}

/** Returns the count of complex numbers per block during a transform; Bluestein's convolution needs more for lengths that are no powers of two. */
export function fftLength(name: CodingBasis, length: number): number {
  return !isFast(name) || isPowerOfTwo(length) ? length : powerOfTwoFrom(2 * length - 1);
}

/** Computes the interleaved complex coefficients of a real block, in float64. */
export function forwardBlock(name: CodingBasis, values: ArrayLike<number>): ComplexVector {
  const x = complexOf(values);
  if (name === 'phase-fft') return phaseFft(x);
  return name === 'dft' ? dft(x) : analyse(basis(name, values.length), x);
}

/** Computes the real part of the inverse transform, in float64. */
export function inverseBlock(name: CodingBasis, c: ComplexVector): Float64Array {
  return inverseComplex(name, c).filter((_, i) => i % 2 === 0);
}

function inverseComplex(name: CodingBasis, c: ComplexVector): ComplexVector {
  if (name === 'phase-fft') return inversePhaseFft(c);
  return name === 'dft' ? dft(c, true) : synthesise(basis(name, c.length / 2), c);
}
