import { complexOf, type ComplexVector } from './complexMatrix';
import { dft, phaseFft } from './fft';

/** The shares of coefficients kept: of n for the structure, of n/2 for the texture. */
const STRUCTURE_SHARE = 0.7 * 0.05;
const TEXTURE_SHARE = 0.3 * 0.05;
const BITS_PER_COEFFICIENT = 16;

/**
 * Computes the rate that the H3 cascade reports, in bits per sample. The structure is the moving average over max(3, n/32), of whose real
 * FFT 70 % of a 5 % budget is kept. The texture is the rest, of whose φ-phase FFT's first half 30 % of 5 % is kept. Each nonzero
 * coefficient counts 16 bits, and its position nothing, so that the rate is 16·(0.035 + 0.0075) = 0.68 for any input without zeros.
 * Source: QuantoniumOS, https://github.com/mandcony/quantoniumos
 */
export function cascadeReportedBits(x: Float64Array): number {
  const n = x.length;
  const structure = movingAverage(x, Math.max(3, Math.floor(n / 32)));
  const texture = x.map((value, i) => value - structure[i]);
  const half = Math.floor(n / 2);
  const smooth = nonZeros(dft(complexOf(structure)), half + 1, STRUCTURE_SHARE * n);
  const rough = nonZeros(phaseFft(complexOf(texture)), half, TEXTURE_SHARE * half);
  return (BITS_PER_COEFFICIENT * (smooth + rough)) / n;
}

/** Averages over `width` samples around each sample, with zeros beyond the ends. */
function movingAverage(x: Float64Array, width: number): Float64Array {
  const before = Math.floor(width / 2);
  return x.map((_, i) => {
    let sum = 0;
    for (let j = i - before; j < i - before + width; j++) sum += x[j] ?? 0;
    return sum / width;
  });
}

/** Counts the nonzero ones among the `kept` largest of the first `count` coefficients. */
function nonZeros(y: ComplexVector, count: number, kept: number): number {
  const moduli = Float64Array.from({ length: count }, (_, k) => Math.hypot(y[2 * k], y[2 * k + 1]));
  const largest = moduli.sort().reverse().subarray(0, Math.round(kept));
  return largest.filter((modulus) => modulus > 0).length;
}
