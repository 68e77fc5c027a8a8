import type { ModelShape } from '../architecture';

/**
 * Arranges what a diffusion model predicts for each patch, [images · patches, patch, patch, outputChannels], as images
 * [images, channels, size, size]. Channels beyond those of the image, its variance, are left out.
 */
export function patchImages(
  rows: ArrayLike<number>,
  { image, diffusion }: Pick<ModelShape, 'image' | 'diffusion'>,
): Float64Array {
  const { size, channels, tokens } = image!;
  const { patch, outputChannels } = diffusion!;
  const across = size / patch;
  const images = rows.length / (tokens * patch * patch * outputChannels);
  const place = (i: number, c: number, y: number, x: number) => {
    const token = i * tokens + Math.floor(y / patch) * across + Math.floor(x / patch);
    return ((token * patch + (y % patch)) * patch + (x % patch)) * outputChannels + c;
  };
  const pixels = new Float64Array(images * channels * size * size);
  let at = 0;
  for (let i = 0; i < images; i++)
    for (let c = 0; c < channels; c++)
      for (let y = 0; y < size; y++) for (let x = 0; x < size; x++) pixels[at++] = rows[place(i, c, y, x)];
  return pixels;
}
