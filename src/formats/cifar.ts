import { LabError } from '../base/errors';

/** CIFAR-10, binary version (https://www.cs.toronto.edu/~kriz/cifar.html): each record is a label and 3 × 32 × 32 bytes. */
export const CIFAR10 = {
  size: 32,
  channels: 3,
  labels: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
} as const;

const PIXELS = CIFAR10.channels * CIFAR10.size ** 2;
const RECORD = 1 + PIXELS;

export interface CifarImages {
  count: number;
  /** [count, 3, 32, 32], in the order red, green, blue. */
  pixels: Uint8Array;
  /** [count], each 0 … 9. */
  labels: Uint8Array;
}

/**
 * Parses a batch file of CIFAR-10.
 * @throws LabError bad-file with the number of the invalid record
 */
export function parseCifar10(bytes: Uint8Array): CifarImages {
  const count = bytes.byteLength / RECORD;
  if (count === 0 || !Number.isInteger(count))
    throw bad(`its ${bytes.byteLength} bytes are not a whole number of records of ${RECORD} bytes`);
  const pixels = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * RECORD];
    if (labels[i] >= CIFAR10.labels.length)
      throw bad(`record ${i} has label ${labels[i]}; labels are 0 to 9`);
    pixels.set(bytes.subarray(i * RECORD + 1, (i + 1) * RECORD), i * PIXELS);
  }
  return { count, pixels, labels };
}

function bad(why: string): LabError {
  return new LabError(
    'bad-file',
    `The file is not in the binary version of CIFAR-10: ${why}.`,
    'Use test_batch.bin of cifar-10-binary.tar.gz, or a part of it that consists of whole records.',
  );
}
