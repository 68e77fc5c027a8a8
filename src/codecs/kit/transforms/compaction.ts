import type { ComplexVector } from './complexMatrix';

const KEPT = 0.1;

/** Computes the squared moduli of interleaved complex coefficients. */
export function energies(y: ComplexVector): Float64Array {
  return Float64Array.from({ length: y.length / 2 }, (_, k) => y[2 * k] ** 2 + y[2 * k + 1] ** 2);
}

/** Computes the share of the energy in the largest tenth of the coefficients. */
export function topEnergy(squares: Float64Array): number {
  const sorted = squares.slice().sort().reverse();
  const kept = Math.floor(KEPT * sorted.length);
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  return sum(sorted.subarray(0, kept)) / sum(sorted);
}

/** Computes the signal-to-noise ratio in dB when only the largest tenth of the coefficients of a unitary transform are kept. */
export function keptSnr(squares: Float64Array): number {
  return -10 * Math.log10(1 - topEnergy(squares));
}
