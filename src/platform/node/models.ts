import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { embeddedFolder, isEmbedded } from '../../models/embedded';
import type { FileSource, OnBytes } from '../../models/load/files';
import { splitHubFile } from '../../models/hub/quantisedFiles';
import { loadModel } from '../../models/load/load';
import { isModelFile, loadModelFile } from '../../models/load/modelFile';
import type { Model } from '../../models/model';
import { folderFiles } from './folder';
import { hubFiles } from './hub/models';
import { publicFolder } from './paths';

/**
 * Opens a model.
 * @param id the name of an embedded model or of a hub model that was looked up, or of a GGUF or ONNX file there
 *   (`owner/name/FILE.gguf`), or the path of a folder or such a file
 * @throws LabError as `loadModel` and `loadModelFile`; Cancelled
 */
export async function openModel(id: string, signal?: AbortSignal, onProgress?: OnBytes): Promise<Model> {
  const file = splitHubFile(id);
  const files = file && (await hubFiles(id, signal));
  if (files) return loadModelFile(files, file.file, signal, onProgress);
  if (!isModelFile(id)) return loadModel(await modelFiles(id, signal), signal, onProgress);
  const { folder, name } = modelFilePlace(id);
  return loadModelFile(folderFiles(folder), name, signal, onProgress);
}

/** Returns the folder of a file, which for an ONNX file is that of its config.json: the same one, or the one above. */
export function modelFilePlace(path: string): { folder: string; name: string } {
  const [folder, name] = [dirname(path), basename(path)];
  const above = !existsSync(join(folder, 'config.json')) && existsSync(join(folder, '..', 'config.json'));
  if (!above) return { folder, name };
  return { folder: join(folder, '..'), name: `${basename(resolve(folder))}/${name}` };
}

/**
 * Returns the files of a model, and downloads those of a hub model if necessary.
 * @param id the name of an embedded model or of a hub model that was looked up, or the path of a folder
 */
export async function modelFiles(id: string, signal?: AbortSignal): Promise<FileSource> {
  if (isEmbedded(id)) return embeddedFolder(id, folderFiles(`${publicFolder('models')}/${id}`));
  return (await hubFiles(id, signal)) ?? folderFiles(id);
}
