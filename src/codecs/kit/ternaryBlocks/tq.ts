import { TERNARY_BLOCK, type TritLayout } from '../../../formats/gguf/ternaryBlock';
import { shareCut } from './cut';
import { largestMagnitude } from './scale';
import type { RowFormat } from './format';

/** A ternary type of llama.cpp: a float16 scale per block, its largest |w|; codes follow from the largest before rounding. */
export function blockFormat(kernel: RowFormat['kernel'], { codeBytes, pack, unpack }: TritLayout): RowFormat {
  return {
    kernel,
    unitWeights: TERNARY_BLOCK,
    unitBytes: codeBytes + 2,
    scales: 'block',
    choose(values, threshold) {
      const largest = largestMagnitude(values);
      return { scale: largest, cut: shareCut(largest, threshold) };
    },
    pack: (trits, scaleBits) => [...pack(trits), scaleBits & 0xff, scaleBits >> 8],
    unpack,
    // A weight coded zero errs by up to the threshold, one coded ±scale by the rest and the rounding of the scale.
    errorBound({ threshold }) {
      const share = Math.max(threshold, 1 - threshold);
      return (largest) => largest * (share + 2 ** -11) + 2 ** -25;
    },
  };
}
