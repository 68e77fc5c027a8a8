import { basis, type BasisName } from './bases';
import { analyse, complexOf, synthesise, type ComplexVector } from './complexMatrix';
import { dft, inversePhaseFft, phaseFft, powerOfTwoFrom } from './fft';
import { isPowerOfTwo } from '../../../base/integers';

/** Transforms of the codecs that flatten a tensor: n reals to n complex coefficients. */
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

/** Longest block of a basis that is a dense matrix. */
export const MAX_DENSE = 512;

/** Whether a basis has a fast transform for any length. */
export function isFast(name: CodingBasis): boolean {
  return name === 'phase-fft' || name === 'dft';
}

/** Complex numbers a block takes on its way: of Bluestein's convolution where the length is no power of two. */
export function fftLength(name: CodingBasis, length: number): number {
  return !isFast(name) || isPowerOfTwo(length) ? length : powerOfTwoFrom(2 * length - 1);
}

/** Coefficients of a real block, in float64; interleaved. */
export function forwardBlock(name: CodingBasis, values: ArrayLike<number>): ComplexVector {
  const x = complexOf(values);
  if (name === 'phase-fft') return phaseFft(x);
  return name === 'dft' ? dft(x) : analyse(basis(name, values.length), x);
}

/** The real part of the inverse, in float64. */
export function inverseBlock(name: CodingBasis, c: ComplexVector): Float64Array {
  return inverseComplex(name, c).filter((_, i) => i % 2 === 0);
}

function inverseComplex(name: CodingBasis, c: ComplexVector): ComplexVector {
  if (name === 'phase-fft') return inversePhaseFft(c);
  return name === 'dft' ? dft(c, true) : synthesise(basis(name, c.length / 2), c);
}
