import { basename, join } from 'node:path';
import { loadImages, loadText, textFromFile } from '../../data/datasets';
import { Gpu } from '../../gpu/gpu';
import type { Lab } from '../../lab/lab';
import { EMBEDDED_DATA, EMBEDDED_MODELS, TRAINING_MODELS } from '../../lab/plan/presets';
import { embeddedFolder } from '../../models/embedded';
import type { FileSource } from '../../models/load/files';
import { loadModel } from '../../models/load/load';
import type { Model } from '../../models/model';
import { openDawn } from './dawn';
import { ggufModel, isGguf } from './ggufModel';
import { folderFiles, readLocal } from './folder';
import { hubFiles } from './hub/hubModels';
import { localImages } from './localImages';
import { projectFolder, publicFolder } from './paths';
import { folderTokenCache } from './tokenCache';

/** The lab in Node: Dawn computes; models and data come from the project's public folder or from paths of the user's. */
export async function nodeLab(adapter?: string): Promise<Lab> {
  return nodeLabOn(await Gpu.open(openDawn(adapter)));
}

/** The lab of Node on a GPU that is open already. */
export function nodeLabOn(gpu: Gpu): Lab {
  const data = folderFiles(publicFolder('data'));
  return {
    gpu,
    tokenCache: folderTokenCache(join(projectFolder(), '.cache/tokens')),
    runtime: `Node ${process.versions.node}`,
    openModel,
    openText: async (id, signal) =>
      EMBEDDED_DATA.has(id)
        ? loadText(id, data, signal)
        : textFromFile(basename(id), await readLocal(id, signal)),
    openImages: async (id, signal) =>
      EMBEDDED_DATA.has(id) ? loadImages(id, data, signal) : localImages(id, signal),
  };
}

/** @param id an embedded model's name, one of the hub that was looked up, or the path of a folder or a GGUF file */
export async function openModel(id: string, signal?: AbortSignal): Promise<Model> {
  return isGguf(id) ? ggufModel(id, signal) : loadModel(await modelFiles(id, signal), signal);
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
