import { sha256Hex } from '../base/checksum';
import { LabError } from '../base/errors';
import { CIFAR10, parseCifar10 } from '../formats/cifar';
import { gunzip, isGzip } from '../formats/gzip';
import { labelledImages } from '../formats/idx';
import { fetchFiles, type FileSource } from '../models/load/files';
import { dataset, type Dataset } from './catalogue';

/** A text to measure on. */
export interface TextData {
  id: string;
  text: string;
  /** SHA-256 of the text measured (UTF-8), which is the file's unless the text is derived from it. */
  sha256: string;
}

/** Images to measure on. */
export interface ImageData {
  id: string;
  count: number;
  /** Side of the square images in pixels. */
  size: number;
  channels: number;
  /** [count, channels, size, size], 0 … 255. */
  pixels: Uint8Array;
  /** [count], below `classes`. */
  labels: Uint8Array;
  classes: number;
  /** SHA-256 of the file, or of the files of images and labels one after the other. */
  sha256: string;
}

/** A file of the user. */
export interface NamedFile {
  name: string;
  bytes: Uint8Array;
}

/** Classes of Fashion-MNIST, and of every other set of the MNIST family that is read. */
const IDX_CLASSES = 10;
/** Limit on the bytes of an unpacked IDX file: 60,000 images of 28 × 28 take 47 MB. */
const MAX_IDX_BYTES = 1 << 28;
/** Limit on the bytes of unpacked examples. */
const MAX_EXAMPLES_BYTES = 1 << 28;

/** Opens the folder of data sets beside the page. @param base URL of the page's folder */
export function dataFiles(base: string | URL): FileSource {
  const url = `${String(base).replace(/\/*$/, '')}/data`;
  return fetchFiles({ id: 'data', source: 'embedded', revision: '', url });
}

/**
 * Loads a text that ships with the page.
 * @param files the folder `data` beside the page
 * @throws LabError bad-plan, network, or bad-file when the checksum is wrong; Cancelled
 */
export async function loadText(id: string, files: FileSource, signal?: AbortSignal): Promise<TextData> {
  const set = dataset(id, 'text');
  const bytes = await readChecked(set, files, signal);
  if (!set.derive) return { id, text: decode(id, bytes), sha256: set.sha256 };
  const text = set.derive(decode(id, bytes));
  return { id, text, sha256: await sha256Hex(new TextEncoder().encode(text)) };
}

/** Loads the examples of a task as `loadText` loads a text. The file may be compressed by gzip. */
export async function loadTaskExamples(
  id: string,
  files: FileSource,
  signal?: AbortSignal,
): Promise<TextData> {
  const set = dataset(id, 'examples');
  const bytes = await readChecked(set, files, signal);
  const text = decode(id, await plain(set.file, bytes, MAX_EXAMPLES_BYTES, signal));
  return { id, text, sha256: set.sha256 };
}

/** Loads images as `loadText` loads a text. */
export async function loadImages(id: string, files: FileSource, signal?: AbortSignal): Promise<ImageData> {
  const set = dataset(id, 'images');
  const bytes = await readChecked(set, files, signal);
  if (!set.labels) return images(id, bytes, set.sha256);
  const labels = { name: set.labels.file, bytes: await readChecked(set.labels, files, signal) };
  return idxImages(id, { name: set.file, bytes }, labels, signal);
}

/**
 * Reads a text file of the user.
 * @param id what plan and records call it
 * @throws LabError bad-file when it is not UTF-8 or empty
 */
export async function textFromFile(id: string, bytes: Uint8Array): Promise<TextData> {
  const text = decode(id, bytes);
  if (text.length > 0) return { id, text, sha256: await sha256Hex(bytes) };
  throw new LabError('bad-file', `${id} is empty.`, 'Choose a file with text.');
}

/** Reads a user's file of CIFAR-10 records. @throws LabError bad-file */
export async function imagesFromFile(id: string, bytes: Uint8Array): Promise<ImageData> {
  return images(id, bytes, await sha256Hex(bytes));
}

/**
 * Reads images and labels in IDX, plain or compressed by gzip.
 * @throws LabError bad-file naming the file at fault; Cancelled
 */
export async function idxImages(
  id: string,
  images: NamedFile,
  labels: NamedFile,
  signal?: AbortSignal,
): Promise<ImageData> {
  const read = labelledImages(await unpacked(images, signal), await unpacked(labels, signal), IDX_CLASSES);
  return { id, ...read, classes: IDX_CLASSES, sha256: await sha256Hex(images.bytes, labels.bytes) };
}

async function unpacked({ name, bytes }: NamedFile, signal?: AbortSignal) {
  return { name, file: await plain(name, bytes, MAX_IDX_BYTES, signal) };
}

async function plain(
  name: string,
  bytes: Uint8Array,
  limit: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  return isGzip(bytes) ? gunzip(name, bytes, limit, signal) : bytes;
}

function images(id: string, bytes: Uint8Array, sha256: string): ImageData {
  const { size, channels, labels } = CIFAR10;
  return { id, ...parseCifar10(bytes), size, channels, classes: labels.length, sha256 };
}

async function readChecked(
  set: Pick<Dataset, 'file' | 'sha256'>,
  files: FileSource,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await files.read(set.file, { signal });
  const sha256 = await sha256Hex(bytes);
  if (sha256 === set.sha256) return bytes;
  throw new LabError(
    'bad-file',
    `${set.file} is not the file this version ships: its checksum is ${sha256}.`,
    'Reload the page without its cache, or install again.',
  );
}

function decode(id: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new LabError('bad-file', `${id} is not text in UTF-8.`, 'Convert it to UTF-8.', error);
  }
}
