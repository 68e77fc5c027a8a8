import { LabError } from '../base/errors';

/**
 * A parsed IDX file, the format of the MNIST family (http://yann.lecun.com/exdb/mnist/): two zero bytes, the element
 * type, the number of dimensions, each dimension as a big-endian u32, then the elements. Only unsigned bytes are read, as
 * images and labels are.
 */
export interface IdxBytes {
  shape: number[];
  /** The elements in row-major order, as a view into the file. */
  bytes: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
const MAX_DIMENSIONS = 4;
const MAX_SIDE = 1024;

/**
 * Parses an IDX file of unsigned bytes with 1 to 4 dimensions.
 * @param name the name of the file in errors
 * @throws LabError bad-file with the invalid field; unsupported for other element types
 */
export function parseIdx(name: string, file: Uint8Array): IdxBytes {
  if (file.length < 4) throw bad(name, `it has ${file.length} bytes, but its magic number alone has 4`);
  if (file[0] !== 0 || file[1] !== 0) throw bad(name, 'its magic number does not begin with two zero bytes');
  if (file[2] !== UNSIGNED_BYTE) throw wrongType(name, file[2]);
  const dimensions = file[3];
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS)
    throw bad(name, `it has ${dimensions} dimensions; 1 to ${MAX_DIMENSIONS} are supported`);
  const header = 4 + 4 * dimensions;
  if (file.length < header)
    throw bad(name, `its header needs ${header} bytes, but the file has ${file.length}`);
  const view = new DataView(file.buffer, file.byteOffset, header);
  const shape = Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d));
  const elements = shape.reduce((product, n) => product * n, 1);
  if (elements !== file.length - header)
    throw bad(
      name,
      `its shape [${shape}] needs ${elements} bytes, but ${file.length - header} follow the header`,
    );
  return { shape, bytes: file.subarray(header) };
}

/** Square grey images with labels. */
export interface IdxImages {
  count: number;
  /** Side of the square images in pixels. */
  size: number;
  channels: 1;
  /** [count, 1, size, size] */
  pixels: Uint8Array;
  /** [count] */
  labels: Uint8Array;
}

/**
 * Parses a file of square grey images [count, size, size] and a file of their labels [count], each below `classes`.
 * @throws LabError bad-file with the file and the invalid field; unsupported as parseIdx
 */
export function labelledImages(
  images: { name: string; file: Uint8Array },
  labels: { name: string; file: Uint8Array },
  classes: number,
): IdxImages {
  const { shape, bytes: pixels } = parseIdx(images.name, images.file);
  const given = parseIdx(labels.name, labels.file);
  const [count, size, width] = shape;
  if (shape.length !== 3 || size !== width || size < 1 || size > MAX_SIDE)
    throw bad(images.name, `its shape [${shape}] is not [images, side, side]`);
  if (given.shape.length !== 1 || given.shape[0] !== count)
    throw bad(labels.name, `its shape [${given.shape}] does not have one label for each of ${count} images`);
  if (count === 0) throw bad(images.name, 'it holds no images');
  const wrong = given.bytes.findIndex((label) => label >= classes);
  if (wrong >= 0)
    throw bad(labels.name, `label ${wrong} is ${given.bytes[wrong]}; labels are 0 to ${classes - 1}`);
  return { count, size, channels: 1, pixels, labels: given.bytes };
}

function wrongType(name: string, type: number): LabError {
  return new LabError(
    'unsupported',
    `${name} holds IDX elements of type 0x${type.toString(16).padStart(2, '0')}; only unsigned bytes (0x08) can be read.`,
    'Use the image and label files that MNIST or Fashion-MNIST publish.',
  );
}

function bad(name: string, why: string): LabError {
  return new LabError(
    'bad-file',
    `${name} is not a valid IDX file: ${why}.`,
    'Use the image and label files of one split, as MNIST or Fashion-MNIST publish them.',
  );
}
