import { largestMagnitude } from '../ternary/scale';
import { shareCut } from '../ternary/cut';
import type { RowFormat } from './format';

/** Weights of a block of llama.cpp's ternary types. */
export const BLOCK = 256;

/** What TQ1_0 and TQ2_0 share: a float16 scale per block, its largest |w|; codes follow from the largest before rounding. */
export const TQ_BLOCKS = {
  unitWeights: BLOCK,
  scales: 'block',
  choose(values, threshold) {
    const largest = largestMagnitude(values);
    return { scale: largest, cut: shareCut(largest, threshold) };
  },
  // A weight coded zero errs by up to the threshold, one coded ±scale by the rest and the rounding of the scale.
  errorBound({ threshold }) {
    const share = Math.max(Number(threshold), 1 - Number(threshold));
    return (largest) => largest * (share + 2 ** -11) + 2 ** -25;
  },
} satisfies Partial<RowFormat>;

/** Little-endian bytes of float16 bits. */
export function halfBytes(bits: number): number[] {
  return [bits & 0xff, bits >> 8];
}
