import { CIFAR10, parseCifar10 } from '../../../formats/cifar';
import { breakBytes } from '../breakBytes';
import type { FuzzReader } from '../reader';

const RECORD_BYTES = 1 + CIFAR10.channels * CIFAR10.size ** 2;
const RECORDS = 3;

function read(bytes: Uint8Array): void {
  const { count, pixels, labels } = parseCifar10(bytes);
  if (count * RECORD_BYTES !== bytes.length || pixels.length + labels.length !== bytes.length)
    throw new Error(`${count} records of ${bytes.length} bytes`);
  if (labels.some((label) => label >= CIFAR10.labels.length)) throw new Error('a label is not a class');
}

/** The reader of CIFAR-10, binary version. */
const cifar: FuzzReader = {
  name: 'cifar',
  reads: 'CIFAR-10, binary version',
  cases: 4000,
  memory: { factor: 2 },
  prepare: async () => {
    const file = Uint8Array.from({ length: RECORDS * RECORD_BYTES }, (_, i) =>
      i % RECORD_BYTES === 0 ? 9 : i,
    );
    return {
      seeds: [file],
      read,
      broken(below) {
        if (below(2) === 0) return breakBytes(file, below);
        // These are whole records, one with an arbitrary label.
        const bytes = file.slice(0, RECORD_BYTES * below(RECORDS + 1));
        if (bytes.length > 0) bytes[RECORD_BYTES * below(bytes.length / RECORD_BYTES)] = below(16);
        return bytes;
      },
    };
  },
};
export default cifar;
