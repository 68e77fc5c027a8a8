import { LabError } from '../base/errors';
import { KeyedRandom } from '../base/random';
import type { TrainingBatch } from './gradientPass';

/** Training data. Equal (seed, index) give equal batches, so that a resumed run sees the same data as an uninterrupted one. */
export interface BatchSource {
  readonly name: string;
  /** Checksum of the data from which batches are drawn. */
  readonly sha256: string;
  /** Description of the augmentation of the data; absent if there is none. */
  readonly augmentation?: string;
  /**
   * Returns the batch of a step.
   * @param index index of the step
   * @param length tokens per sequence; ignored for images
   */
  batch(index: number, sequences: number, length: number): Promise<TrainingBatch>;
}

/** Streams of the keyed generator that choose the data. */
const TOKEN_STREAM = 0x5a00_0000;
const IMAGE_STREAM = 0x5b00_0000;

interface Origin {
  name: string;
  sha256: string;
  seed: number;
}

/**
 * Returns windows of a token stream at uniformly random positions; the target of each token is the next one.
 * @throws LabError bad-input, from `batch`, when the stream is shorter than a window and the target of its last token
 */
export function tokenWindows({ name, sha256, seed, tokens }: Origin & { tokens: Uint32Array }): BatchSource {
  const random = new KeyedRandom(seed, TOKEN_STREAM);
  return {
    name,
    sha256,
    batch(index, sequences, length) {
      const starts = tokens.length - length;
      if (starts < 1) return Promise.reject(tooShort(name, tokens.length, length));
      const input = new Uint32Array(sequences * length);
      const targets = new Uint32Array(sequences * length);
      for (let i = 0; i < sequences; i++) {
        const start = Math.floor((random.uint32At(index * sequences + i) / 2 ** 32) * starts);
        input.set(tokens.subarray(start, start + length), i * length);
        targets.set(tokens.subarray(start + 1, start + 1 + length), i * length);
      }
      return Promise.resolve({ input, targets });
    },
  };
}

function tooShort(name: string, tokens: number, length: number): LabError {
  return new LabError(
    'bad-input',
    `The training text ${name} has ${tokens} tokens; one window of ${length} needs ${length + 1}.`,
    'Use a longer text or a shorter window.',
  );
}

/** Images by index: the preprocessed pixels [channels, size, size] and the class. */
export interface ImageSet {
  count: number;
  pixels(index: number): Float32Array;
  label(index: number): number;
}

/**
 * Returns images in a new random order in each epoch; a batch may begin in one epoch and end in the next.
 * @throws LabError bad-input for a set without images
 */
export function shuffledImages({ name, sha256, seed, ...set }: Origin & ImageSet): BatchSource {
  if (set.count < 1)
    throw new LabError('bad-input', `The training set ${name} has no images.`, 'Choose another data set.');
  const order = epochOrder(set.count, seed);
  return {
    name,
    sha256,
    batch(index, sequences) {
      const chosen = Array.from({ length: sequences }, (_, i) => {
        const position = index * sequences + i;
        return order(Math.floor(position / set.count))[position % set.count];
      });
      const images = chosen.map((i) => set.pixels(i));
      const input = new Float32Array(sequences * images[0].length);
      images.forEach((image, i) => input.set(image, i * image.length));
      return Promise.resolve({ input, targets: Uint32Array.from(chosen, (i) => set.label(i)) });
    },
  };
}

/**
 * Returns the order of the images in an epoch (a Fisher–Yates shuffle with the epoch's own stream). The last two orders are
 * cached.
 */
function epochOrder(count: number, seed: number): (epoch: number) => Uint32Array {
  const known = new Map<number, Uint32Array>();
  return (epoch) => {
    const found = known.get(epoch);
    if (found) return found;
    const random = new KeyedRandom(seed, IMAGE_STREAM + epoch);
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor((random.nextUint32() / 2 ** 32) * (i + 1));
      [order[i], order[j]] = [order[j], order[i]];
    }
    for (const old of known.keys()) if (old < epoch - 1 || old > epoch) known.delete(old);
    known.set(epoch, order);
    return order;
  };
}
