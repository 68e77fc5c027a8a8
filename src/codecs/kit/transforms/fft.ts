import { isPowerOfTwo } from '../../../base/integers';
import { fraction, type ComplexVector } from './complexMatrix';
import { GOLDEN_RATIO } from './canonical';

/** Computes the orthonormal DFT of a complex vector of any length by radix 2 or Bluestein's algorithm, in float64. */
export function dft(x: ComplexVector, inverse = false): ComplexVector {
  const n = x.length / 2;
  const y = isPowerOfTwo(n) ? x.slice() : bluestein(x, inverse);
  if (isPowerOfTwo(n)) radix2(y, inverse);
  const scale = 1 / Math.sqrt(n);
  return y.map((value) => value * scale);
}

/** Computes the smallest power of two that is at least n. */
export function powerOfTwoFrom(n: number): number {
  return 2 ** Math.ceil(Math.log2(n));
}

/** Transforms in place without scaling, by bit reversal and then butterflies. */
function radix2(x: ComplexVector, inverse: boolean): void {
  const n = x.length / 2;
  reverseBits(x);
  for (let half = 1; half < n; half *= 2)
    for (let k = 0; k < half; k++) {
      const angle = ((inverse ? 1 : -1) * Math.PI * k) / half;
      butterflies(x, half, k, Math.cos(angle), Math.sin(angle));
    }
}

function butterflies(x: ComplexVector, half: number, k: number, c: number, s: number): void {
  for (let a = 2 * k; a < x.length; a += 4 * half) {
    const b = a + 2 * half;
    const [re, im] = [x[b] * c - x[b + 1] * s, x[b] * s + x[b + 1] * c];
    x[b] = x[a] - re;
    x[b + 1] = x[a + 1] - im;
    x[a] += re;
    x[a + 1] += im;
  }
}

function reverseBits(x: ComplexVector): void {
  const n = x.length / 2;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [x[2 * i], x[2 * j]] = [x[2 * j], x[2 * i]];
    [x[2 * i + 1], x[2 * j + 1]] = [x[2 * j + 1], x[2 * i + 1]];
  }
}

/** Computes e^{πi·j²/n} for j = 0 … n − 1, interleaved. j² is first reduced modulo 2n, exactly. */
export function chirp(n: number): ComplexVector {
  const w = new Float64Array(2 * n);
  for (let j = 0, square = 0; j < n; j++) {
    const angle = (Math.PI * square) / n;
    w[2 * j] = Math.cos(angle);
    w[2 * j + 1] = Math.sin(angle);
    square = (square + 2 * j + 1) % (2 * n);
  }
  return w;
}

/** Computes the transformed filter of Bluestein's convolution: the unscaled DFT of length m of the chirp and its mirror image. */
export function chirpFilter(n: number, m: number): ComplexVector {
  const w = chirp(n);
  const b = new Float64Array(2 * m);
  for (let j = 0; j < n; j++) {
    b.set(w.subarray(2 * j, 2 * j + 2), 2 * j);
    if (j > 0) b.set(w.subarray(2 * j, 2 * j + 2), 2 * (m - j));
  }
  radix2(b, false);
  return b;
}

/** Computes an unscaled DFT of any length as a convolution of a power of two (Bluestein 1970). */
function bluestein(x: ComplexVector, inverse: boolean): ComplexVector {
  const n = x.length / 2;
  const m = powerOfTwoFrom(2 * n - 1);
  const w = chirp(n);
  const filter = chirpFilter(n, m);
  const a = new Float64Array(2 * m);
  for (let j = 0; j < n; j++) multiplyInto(a, j, x[2 * j], conjugated(x[2 * j + 1]), w[2 * j], -w[2 * j + 1]);
  radix2(a, false);
  for (let k = 0; k < m; k++)
    multiplyInto(a, k, a[2 * k], a[2 * k + 1], filter[2 * k] / m, filter[2 * k + 1] / m);
  radix2(a, true);
  const y = new Float64Array(2 * n);
  for (let k = 0; k < n; k++) {
    multiplyInto(y, k, a[2 * k], a[2 * k + 1], w[2 * k], -w[2 * k + 1]);
    y[2 * k + 1] = conjugated(y[2 * k + 1]);
  }
  return y;

  /** Negates an imaginary part for the inverse, which is the conjugate of the transform of the conjugate. */
  function conjugated(imaginary: number): number {
    return inverse ? -imaginary : imaginary;
  }
}

/** Sets target[i] = (a + bi)(c + di). */
function multiplyInto(target: ComplexVector, i: number, a: number, b: number, c: number, d: number): void {
  target[2 * i] = a * c - b * d;
  target[2 * i + 1] = a * d + b * c;
}

/** Computes the phases θ_k ÷ 2π = frac(k/φ) + k²/(2n) of the φ-phase FFT (β = σ = 1), in turns. */
function phasesInTurns(n: number): Float64Array {
  return Float64Array.from({ length: n }, (_, k) => fraction(fraction(k / GOLDEN_RATIO) + (k * k) / (2 * n)));
}

/** Computes e^{iθ_k}, interleaved. */
export function phaseFactors(n: number): ComplexVector {
  const factors = new Float64Array(2 * n);
  phasesInTurns(n).forEach((turn, k) => {
    factors[2 * k] = Math.cos(2 * Math.PI * turn);
    factors[2 * k + 1] = Math.sin(2 * Math.PI * turn);
  });
  return factors;
}

/**
 * Computes the φ-phase FFT: the orthonormal DFT with coefficient k multiplied by e^{iθ_k}, θ_k = 2π·frac(k/φ) + πk²/n. Moduli are those
 * of the DFT.
 * Source: QuantoniumOS, https://github.com/mandcony/quantoniumos
 */
export function phaseFft(x: ComplexVector): ComplexVector {
  return rotatePhases(dft(x), 1);
}

/** Inverts `phaseFft`. */
export function inversePhaseFft(y: ComplexVector): ComplexVector {
  return dft(rotatePhases(y, -1), true);
}

function rotatePhases(x: ComplexVector, direction: 1 | -1): ComplexVector {
  const n = x.length / 2;
  const factors = phaseFactors(n);
  const y = new Float64Array(2 * n);
  for (let k = 0; k < n; k++)
    multiplyInto(y, k, x[2 * k], x[2 * k + 1], factors[2 * k], direction * factors[2 * k + 1]);
  return y;
}
