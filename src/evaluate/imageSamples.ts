/** One block of images. */
export interface ImageSample {
  correct: number;
  baselineCorrect: number;
  images: number;
  /** Right where the baseline was wrong. */
  gained: number;
  /** Wrong where the baseline was right. */
  lost: number;
  /** One bit per image, 1 = right: hexadecimal, first image in the highest bit, the last digit filled with zeros. */
  bits: string;
}

/** Images per sample block; a multiple of 4, so that a block is whole hexadecimal digits. */
const BLOCK = 32;

/** Counts the right answers of codec and baseline, block by block of images. */
export function imageSamples(right: readonly boolean[], baseline: readonly boolean[]): ImageSample[] {
  return Array.from({ length: Math.ceil(right.length / BLOCK) }, (_, b) => {
    const own = right.slice(b * BLOCK, (b + 1) * BLOCK);
    const base = baseline.slice(b * BLOCK, (b + 1) * BLOCK);
    return {
      correct: own.filter(Boolean).length,
      baselineCorrect: base.filter(Boolean).length,
      images: own.length,
      gained: own.filter((r, i) => r && !base[i]).length,
      lost: own.filter((r, i) => !r && base[i]).length,
      bits: packBits(own),
    };
  });
}

function packBits(right: readonly boolean[]): string {
  let digits = '';
  for (let i = 0; i < right.length; i += 4)
    digits += [8, 4, 2, 1].reduce((digit, bit, k) => digit + (right[i + k] ? bit : 0), 0).toString(16);
  return digits;
}

/** Reads from a sample's `bits` whether each image was answered right. */
export function unpackBits({ bits, images }: Pick<ImageSample, 'bits' | 'images'>): boolean[] {
  return Array.from({ length: images }, (_, i) => ((parseInt(bits[i >> 2], 16) >> (3 - (i % 4))) & 1) === 1);
}
