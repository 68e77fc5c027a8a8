import * as fc from 'fast-check';
import { labelledImages, parseIdx } from '../../../formats/idx';
import { joined } from '../../mutations';
import { breakOneOf } from '../breakBytes';
import type { FuzzReader } from '../reader';

const CLASSES = 10;

/** Returns an IDX file with elements 0 … 9. */
export function idxFile(shape: readonly number[]): Uint8Array {
  const sizes = new Uint8Array(4 * shape.length);
  shape.forEach((n, d) => new DataView(sizes.buffer).setUint32(4 * d, n));
  const count = shape.reduce((product, n) => product * n, 1);
  return joined(
    Uint8Array.of(0, 0, 8, shape.length),
    sizes,
    Uint8Array.from({ length: count }, (_, i) => i % CLASSES),
  );
}

const labels = { name: 'labels', file: idxFile([3]) };
const images = { name: 'images', file: idxFile([3, 4, 4]) };

function read(bytes: Uint8Array): void {
  const { shape, bytes: elements } = parseIdx('file', bytes);
  if (shape.reduce((product, n) => product * n, 1) !== elements.length)
    throw new Error('the elements do not match the shape');
  const file = { name: 'file', file: bytes };
  const pair =
    shape.length === 1 ? labelledImages(images, file, CLASSES) : labelledImages(file, labels, CLASSES);
  if (pair.pixels.length !== pair.count * pair.size ** 2) throw new Error(`${pair.pixels.length} pixels`);
  if (pair.labels.some((label) => label >= CLASSES)) throw new Error('a label is not a class');
}

/** The reader of IDX files of images and labels. */
const idx: FuzzReader = {
  name: 'idx',
  reads: 'IDX images and labels',
  cases: 6000,
  memory: { factor: 2 },
  prepare: async () => {
    const seeds = [labels.file, images.file];
    const header = fc.array(fc.nat({ max: 4 }), { maxLength: 5 });
    return {
      seeds,
      read,
      broken: (below) => breakOneOf(seeds, below),
      made: fc
        .tuple(header, fc.uint8Array({ maxLength: 64 }))
        .map(([shape, rest]) => joined(idxFile(shape), rest)),
    };
  },
};
export default idx;
