import { rotaryFrequencies, type RotaryAngles } from '../../models/rotary';

/** The operations of the architectures in float64, one row at a time, in the notation of the papers. */

/** y = W x + b for W [out, in] row-major. */
export function linear(
  x: Float64Array,
  weight: ArrayLike<number>,
  columns: number,
  bias?: ArrayLike<number>,
): Float64Array {
  const y = new Float64Array(weight.length / columns);
  for (let n = 0; n < y.length; n++) {
    let sum = bias ? bias[n] : 0;
    for (let k = 0; k < columns; k++) sum += weight[n * columns + k] * x[k];
    y[n] = sum;
  }
  return y;
}

/** (x − mean) ÷ √(variance + ε) · w + b (Ba, Kiros and Hinton 2016); the variance is the biased one. */
export function layerNorm(
  x: Float64Array,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  epsilon: number,
): Float64Array {
  const mean = average(x);
  const variance = average(x.map((v) => (v - mean) ** 2));
  return x.map((v, i) => ((v - mean) / Math.sqrt(variance + epsilon)) * weight[i] + bias[i]);
}

/** (x − mean) ÷ √(variance + ε) · (1 + scale) + shift (Peebles and Xie 2023); the variance is the biased one. */
export function adaptiveNorm(
  x: Float64Array,
  shift: Float64Array,
  scale: Float64Array,
  epsilon: number,
): Float64Array {
  return layerNorm(
    x,
    scale.map((s) => 1 + s),
    shift,
    epsilon,
  );
}

/** x ÷ √(mean(x²) + ε) · w (Zhang and Sennrich 2019). */
export function rmsNorm(x: Float64Array, weight: ArrayLike<number>, epsilon: number): Float64Array {
  const meanSquare = average(x.map((v) => v * v));
  return x.map((v, i) => (v / Math.sqrt(meanSquare + epsilon)) * weight[i]);
}

/** The rotation of a row's heads. */
export interface RotaryRotation extends RotaryAngles {
  heads: number;
  /** Whether pairs are neighbours, (2i, 2i + 1), instead of (i, i + rotaryDim/2). */
  interleaved?: boolean;
}

/**
 * Rotates pair i of the first d columns of every head by the angle position · frequency i, which is θ^(−2i/d) unless it is
 * scaled (Su et al. 2021): (x[i], x[i + d/2]), or (x[2i], x[2i + 1]) where interleaved.
 * @param length the length of the sequence
 */
export function rotary(
  x: Float64Array,
  { heads, interleaved = false, ...angles }: RotaryRotation,
  position: number,
  length: number,
): Float64Array {
  const { frequencies, magnitude } = rotaryFrequencies(angles, length);
  const out = x.slice();
  const half = frequencies.length;
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < half; i++) {
      const cosine = magnitude * Math.cos(position * frequencies[i]);
      const sine = magnitude * Math.sin(position * frequencies[i]);
      const first = head * angles.headWidth + (interleaved ? 2 * i : i);
      const second = interleaved ? first + 1 : first + half;
      out[first] = x[first] * cosine - x[second] * sine;
      out[second] = x[second] * cosine + x[first] * sine;
    }
  return out;
}

export function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((s) => Math.exp(s - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

/** softmax(scale · q Kᵀ) V for one query of one head, over the keys and values it sees. */
export function attend(
  query: Float64Array,
  keys: readonly Float64Array[],
  values: readonly Float64Array[],
  scale: number,
): Float64Array {
  const weights = softmax(keys.map((key) => scale * dot(query, key)));
  return query.map((_, c) => values.reduce((sum, value, j) => sum + weights[j] * value[c], 0));
}

/** ½x(1 + tanh(√(2/π)(x + 0.044715x³))) or x·Φ(x) (Hendrycks and Gimpel 2016). */
export function gelu(x: number, form: 'tanh' | 'erf'): number {
  const inner =
    form === 'tanh' ? Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)) : erf(x / Math.SQRT2);
  return 0.5 * x * (1 + inner);
}

export function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

/** erf(x) = 2/√π · e^−x² · Σ 2ⁿ x^(2n+1) ÷ (2n+1)!! (DLMF 7.6.2). All terms have one sign, so nothing cancels. */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function average(x: Float64Array): number {
  return x.reduce((a, b) => a + b, 0) / x.length;
}
