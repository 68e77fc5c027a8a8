import { EMBEDDED_MODELS, TRAINING_MODELS } from '../../lab/plan/presets';
import { embeddedFolder } from '../../models/embedded';
import type { FileSource, OnBytes } from '../../models/load/files';
import { loadModel } from '../../models/load/load';
import type { Model } from '../../models/model';
import { folderFiles } from './folder';
import { ggufModel, isGguf } from './ggufModel';
import { hubFiles } from './hub/models';
import { publicFolder } from './paths';

/** @param id an embedded model's name, one of the hub that was looked up, or the path of a folder or a GGUF file */
export async function openModel(id: string, signal?: AbortSignal, onProgress?: OnBytes): Promise<Model> {
  return isGguf(id) ? ggufModel(id, signal) : loadModel(await modelFiles(id, signal), signal, onProgress);
}

/**
 * A model's files; of the hub, downloaded if need be.
 * @param id an embedded model's name, one of the hub that was looked up, or a folder's path
 */
export async function modelFiles(id: string, signal?: AbortSignal): Promise<FileSource> {
  if (EMBEDDED_MODELS.has(id) || TRAINING_MODELS.has(id))
    return embeddedFolder(id, folderFiles(`${publicFolder('models')}/${id}`));
  return (await hubFiles(id, signal)) ?? folderFiles(id);
}
