import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LabError } from '../../base/errors';
import { idxImages, imagesFromFile, type ImageData, type NamedFile } from '../../data/datasets';
import { readLocal } from './localFile';

/** The training part of the MNIST family as it is published. */
const IMAGES = 'train-images-idx3-ubyte';
const LABELS = 'train-labels-idx1-ubyte';

/** Whether a path is a folder that images may be read from. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/**
 * Images of the user's: a file in CIFAR-10's binary form, or a folder with a training part in IDX, plain or gzip.
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
    'Name a folder with the four published files, e.g. /usr/share/datasets/fashion-mnist (Debian: dataset-fashion-mnist).',
  );
}
