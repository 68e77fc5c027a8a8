import { EMBEDDED_MODELS, TRAINING_MODELS } from '../../lab/plan/presets';
import { embeddedFolder } from '../../models/embedded';
import type { FileSource, OnBytes } from '../../models/load/files';
import { splitHubFile } from '../../models/hub/quantisedFiles';
import { loadModel } from '../../models/load/load';
import type { Model } from '../../models/model';
import { folderFiles } from './folder';
import { ggufModel, ggufModelOf, isGguf } from './ggufModel';
import { hubFiles } from './hub/models';
import { publicFolder } from './paths';

/**
 * Opens a model.
 * @param id the name of an embedded model or of a hub model that was looked up, or of a GGUF file there (`owner/name/FILE.gguf`), or the
 *   path of a folder or a GGUF file
 * @throws LabError as `loadModel` and `importGguf`; Cancelled
 */
export async function openModel(id: string, signal?: AbortSignal, onProgress?: OnBytes): Promise<Model> {
  const file = splitHubFile(id);
  const files = file && (await hubFiles(id, signal));
  if (files) return ggufModelOf(await files.read(file.file, { signal }), file.file);
  return isGguf(id) ? ggufModel(id, signal) : loadModel(await modelFiles(id, signal), signal, onProgress);
}

/**
 * Returns the files of a model, and downloads those of a hub model if necessary.
 * @param id the name of an embedded model or of a hub model that was looked up, or the path of a folder
 */
export async function modelFiles(id: string, signal?: AbortSignal): Promise<FileSource> {
  if (EMBEDDED_MODELS.has(id) || TRAINING_MODELS.has(id))
    return embeddedFolder(id, folderFiles(`${publicFolder('models')}/${id}`));
  return (await hubFiles(id, signal)) ?? folderFiles(id);
}
