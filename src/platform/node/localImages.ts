import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LabError } from '../../base/errors';
import { idxImages, imagesFromFile, type ImageData, type NamedFile } from '../../data/datasets';
import { readLocal } from './localFile';

/** The names of the training files of the MNIST family. */
const IMAGES = 'train-images-idx3-ubyte';
const LABELS = 'train-labels-idx1-ubyte';

/** Returns whether a path is a folder. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/**
 * Reads local images: a file in the binary version of CIFAR-10, or a folder with IDX training files, plain or gzip.
 * @throws LabError bad-input, bad-file; Cancelled
 */
export async function localImages(path: string, signal?: AbortSignal): Promise<ImageData> {
  const id = basename(path);
  if (!isFolder(path)) return imagesFromFile(id, await readLocal(path, signal));
  const images = await idxFile(path, IMAGES, signal);
  return idxImages(id, images, await idxFile(path, LABELS, signal), signal);
}

async function idxFile(folder: string, stem: string, signal?: AbortSignal): Promise<NamedFile> {
  const name = [`${stem}.gz`, stem].find((each) => existsSync(join(folder, each)));
  if (name !== undefined) return { name, bytes: await readLocal(join(folder, name), signal) };
  throw new LabError(
    'bad-input',
    `${folder} has neither ${stem}.gz nor ${stem}.`,
    'Name a folder with the published files, such as /usr/share/datasets/fashion-mnist (Debian: dataset-fashion-mnist).',
  );
}
