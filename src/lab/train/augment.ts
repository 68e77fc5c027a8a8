import { KeyedRandom } from '../../base/random';
import type { BatchSource } from '../../train/sampler';
import type { ImageFormat } from '../../models/image/preprocess';

/** Stream of the keyed generator that moves images. */
const STREAM = 0x5b80_0000;
const AUGMENTATION = 'flipped and moved';
/** Limit on the pixels of the data set an image is moved by in each direction: an eighth of CIFAR-10's side, as is usual. */
const MAX_SHIFT = 4;

/**
 * Flips training images left to right half of the time and moves them by up to 4 of their pixels, each of which may be several of the
 * model's. Pixels from outside are 0, the
 * mean of normalised pixels. Choices are keyed by seed and position in the run, so that a resumed run sees the images
 * of an uninterrupted one.
 */
export function augmented(
  source: BatchSource,
  stored: Pick<ImageFormat, 'size'>,
  { size, channels }: ImageFormat,
  seed: number,
): BatchSource {
  const zoom = size / stored.size;
  const random = new KeyedRandom(seed, STREAM);
  const pixels = channels * size * size;
  return {
    name: `${source.name}, ${AUGMENTATION}`,
    sha256: source.sha256,
    augmentation: AUGMENTATION,
    async batch(index, sequences, length) {
      const { input, targets } = await source.batch(index, sequences, length);
      const moved = new Float32Array(input.length);
      for (let i = 0; i < sequences; i++) {
        const word = random.uint32At(index * sequences + i);
        const image = (of: ArrayLike<number>) => (of as Float32Array).subarray(i * pixels, (i + 1) * pixels);
        move(image(input), image(moved), { size, channels }, moveOf(word, zoom));
      }
      return { input: moved, targets };
    },
  };
}

/** How one image is moved. */
export interface Move {
  right: number;
  down: number;
  flip: boolean;
}

/** Takes three independent choices from one word: bit 31, and two digits to base 2 · MAX_SHIFT + 1 of the 24 lower bits. */
function moveOf(word: number, zoom: number): Move {
  const places = 2 * MAX_SHIFT + 1;
  const low = word % 2 ** 24;
  return {
    flip: word >= 2 ** 31,
    right: Math.round(zoom * ((low % places) - MAX_SHIFT)),
    down: Math.round(zoom * ((Math.floor(low / places) % places) - MAX_SHIFT)),
  };
}

/** Writes `from` [channels, size, size] into `to` (all zeros), flipped first and then moved. */
export function move(
  from: Float32Array,
  to: Float32Array,
  { size, channels }: ImageFormat,
  { right, down, flip }: Move,
): void {
  for (let c = 0; c < channels; c++)
    for (let y = Math.max(0, down); y < Math.min(size, size + down); y++)
      for (let x = Math.max(0, right); x < Math.min(size, size + right); x++) {
        const column = flip ? size - 1 - (x - right) : x - right;
        to[(c * size + y) * size + x] = from[(c * size + y - down) * size + column];
      }
}
