/** Parts of ArrowQuant V2 beside its phases, as published. */

/** Bins of the histogram from which bits are chosen. */
const ENTROPY_BINS = 256;
/** Bits by the largest entropy, as a share of that of equal bins, below which they are chosen. */
const BITS_BY_ENTROPY = [
  { below: 0.5, bits: 8 },
  { below: 0.7, bits: 4 },
  { below: Infinity, bits: 2 },
] as const;

/** Least cosine similarity of restored and original weights with which bits are accepted, fewest bits first. */
const ACCEPTED_SIMILARITY = [
  { bits: 2, least: 0.7 },
  { bits: 4, least: 0.9 },
  { bits: 8, least: 0.95 },
] as const;

/**
 * Returns the factors of DiTAS-like equalisation, s_i = √(max|W_i| ÷ max|X_i|) for input column i: weights are divided by them, and
 * activations multiplied. A column without weights or activations keeps the factor 1.
 */
export function equalisationFactors(weightMaxima: Float64Array, inputMaxima: Float64Array): Float64Array {
  return weightMaxima.map((weight, i) => {
    const factor = Math.sqrt(weight / inputMaxima[i]);
    return factor > 0 && Number.isFinite(factor) ? factor : 1;
  });
}

/** Moves activations towards their mean: x · (1 − a) + mean · a. */
export function smoothActivations(values: Float64Array, share: number): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value * (1 - share) + mean * share);
}

/**
 * Chooses bits by the entropy of a histogram of 256 bins over the range of values, divided by ln 256: below 0.5 it is 8, below 0.7 it is 4, and
 * otherwise 2. Values that are spread evenly, which lose most by rounding, thus get the fewest bits.
 */
export function bitsByEntropy(values: Float64Array): number {
  const entropy = binnedEntropy(values) / Math.log(ENTROPY_BINS);
  return BITS_BY_ENTROPY.find(({ below }) => entropy < below)!.bits;
}

function binnedEntropy(values: Float64Array): number {
  const min = values.reduce((least, value) => Math.min(least, value), Infinity);
  const max = values.reduce((largest, value) => Math.max(largest, value), -Infinity);
  if (!(max > min)) return 0;
  const counts = new Uint32Array(ENTROPY_BINS);
  for (const value of values)
    counts[Math.min(ENTROPY_BINS - 1, Math.floor(((value - min) / (max - min)) * ENTROPY_BINS))]++;
  let entropy = 0;
  for (const count of counts)
    if (count > 0) entropy -= (count / values.length) * Math.log(count / values.length);
  return entropy;
}

/**
 * Returns the fewest bits, from those asked for on, whose restored weights are similar enough, 2 → 4 → 8; undefined if none are.
 * @param similarity cosine similarity with a number of bits
 */
export function acceptedBits(asked: number, similarity: (bits: number) => number): number | undefined {
  return ACCEPTED_SIMILARITY.find(({ bits, least }) => bits >= asked && similarity(bits) >= least)?.bits;
}
