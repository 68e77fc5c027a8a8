import type { RowFormat } from '../../../../kit/ternaryBlocks/format';

/** Trytes of a limb, of three trits each. */
const TRYTES = 16;
/** Added to a tryte so that it is not negative. */
const TRYTE_OFFSET = 13;

/** t81lib's packed matrices: limbs of 48 trits, a byte t₀ + 3·t₁ + 9·t₂ + 13 for three of them. No scale of any kind. */
export const T81: RowFormat = {
  kernel: 't81',
  unitWeights: 3 * TRYTES,
  unitBytes: TRYTES,
  scales: 'none',
  // Clamping w to [−1, 1] first, as the source does, changes no trit: the threshold is at most 1.
  choose: (_, threshold) => ({ scale: 1, cut: Math.fround(threshold) }),
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
    ({ threshold: cut }) =>
    (largest) =>
      largest < Math.fround(cut) ? largest : Math.max(cut, 1 - cut, largest - 1),
};
