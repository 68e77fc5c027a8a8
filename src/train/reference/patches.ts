import { addRow } from './embed';
import { linearBackward } from './linear';

/** The gradients of a patch embedding, to be added to. */
export interface PatchGradients {
  /** Gradient of the weight, [width, channels · patch²]. */
  dWeight: Float64Array;
  /** Gradient of the bias, [width]. */
  dBias: Float64Array;
  /** Gradient of the class token, [width]. */
  dClassToken: Float64Array;
}

/**
 * The backward pass of a patch embedding. Token 0 of each image is the class token; the others are linear layers over the
 * pixels of one patch in the order channel, y, x. Pixels have no gradient.
 * @param pixels [images, channels, size, size]
 * @param dOut one row per token, [images · (1 + patches), width]
 */
export function patchesBackward(
  pixels: ArrayLike<number>,
  dOut: readonly Float64Array[],
  image: { images: number; channels: number; size: number; patch: number },
  { dWeight, dBias, dClassToken }: PatchGradients,
): void {
  const patches = (image.size / image.patch) ** 2;
  dOut.forEach((dy, row) => {
    const [index, token] = [Math.floor(row / (1 + patches)), row % (1 + patches)];
    if (token === 0) addRow(dClassToken, 0, dy);
    else linearBackward(patchPixels(pixels, index, token - 1, image), dy, [], { dWeight, dBias });
  });
}

/** Returns the pixels of patch `p` of an image in the order of a convolution's weight. */
export function patchPixels(
  pixels: ArrayLike<number>,
  index: number,
  p: number,
  { channels, size, patch }: { channels: number; size: number; patch: number },
): Float64Array {
  const across = size / patch;
  const top = Math.floor(p / across) * patch;
  const left = (p % across) * patch;
  return Float64Array.from({ length: channels * patch * patch }, (_, i) => {
    const channel = Math.floor(i / (patch * patch));
    const y = top + Math.floor((i % (patch * patch)) / patch);
    return pixels[((index * channels + channel) * size + y) * size + left + (i % patch)];
  });
}
