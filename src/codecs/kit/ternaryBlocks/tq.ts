import { TERNARY_BLOCK, type TritLayout } from '../../../formats/gguf/ternaryBlock';
import { relativeCutoff } from './cutoff';
import { largestMagnitude } from './scale';
import type { RowFormat } from './format';

/** Makes a ternary type of llama.cpp. A block's scale is its largest |w| as float16; codes follow from the unrounded |w|. */
export function blockFormat(
  kernel: RowFormat['kernel'],
  { codeBytes, pack, unpack }: TritLayout,
  ggufType: string,
): RowFormat {
  return {
    kernel,
    ggufType,
    unitWeights: TERNARY_BLOCK,
    unitBytes: codeBytes + 2,
    scales: 'block',
    choose(values, threshold) {
      const largest = largestMagnitude(values);
      return { scale: largest, cutoff: relativeCutoff(largest, threshold) };
    },
    pack: (trits, scaleBits) => [...pack(trits), scaleBits & 0xff, scaleBits >> 8],
    unpack,
    // A weight coded as zero errs by up to the threshold, one coded as ±scale by the rest and the rounding of the scale.
    errorBound({ threshold }) {
      const share = Math.max(threshold, 1 - threshold);
      return (largest) => largest * (share + 2 ** -11) + 2 ** -25;
    },
  };
}
