import type { RowFormat } from '../../../../kit/ternaryBlocks/format';

/** The number of trytes, of three trits each, in a limb. */
const TRYTES = 16;
/** The offset that makes a tryte non-negative. */
const TRYTE_OFFSET = 13;

/** The format of t81lib's packed matrices: limbs of 48 trits, with a byte t₀ + 3·t₁ + 9·t₂ + 13 for three trits and no scale. */
export const T81: RowFormat = {
  kernel: 't81',
  unitWeights: 3 * TRYTES,
  unitBytes: TRYTES,
  scales: 'none',
  // The source first clamps w to [−1, 1], which changes no trit because the threshold is at most 1.
  choose: (_, threshold) => ({ scale: 1, cutoff: Math.fround(threshold) }),
  pack: (trits) =>
    Array.from(
      { length: TRYTES },
      (_, i) => trits[3 * i] + 3 * trits[3 * i + 1] + 9 * trits[3 * i + 2] + TRYTE_OFFSET,
    ),
  unpack: (bytes) =>
    Array.from(
      { length: 3 * TRYTES },
      (_, i) => (Math.floor(bytes[Math.floor(i / 3)] / 3 ** (i % 3)) % 3) - 1,
    ),
  errorBound:
    ({ threshold: cutoff }) =>
    (largest) =>
      largest < Math.fround(cutoff) ? largest : Math.max(cutoff, 1 - cutoff, largest - 1),
};
