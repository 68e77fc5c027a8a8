import { LabError } from '../../base/errors';
import { loadModelFile } from '../../models/load/modelFile';
import { blobSource, fileListSource, type PickedModel } from '../../models/load/pickedFiles';
import { isHubId, splitHubId } from '../../models/hub/origin';
import { splitHubFile, type HubFileName } from '../../models/hub/quantisedFiles';
import { openStored } from '../../models/hub/stored';
import type { FileSource, OnBytes } from '../../models/load/files';
import { loadModel } from '../../models/load/load';
import type { Model } from '../../models/model';
import { openOpfsStore } from './downloadStore';

/**
 * Opens a downloaded model or a model from chosen files.
 * @param picked the chosen files of this name, if there are any
 * @throws LabError bad-plan if it is not available, and what `loadModel` throws; Cancelled
 */
export async function openOther(
  name: string,
  picked: PickedModel | undefined,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Model> {
  if (picked?.weights !== undefined) {
    const model = await loadModelFile(fileListSource(picked), picked.weights, signal, onProgress);
    return { ...model, id: picked.id };
  }
  const hubFile = picked ? undefined : splitHubFile(name);
  if (hubFile) return openHubFile(name, hubFile, signal, onProgress);
  return loadModel(await checkpointFiles(name, picked), signal, onProgress);
}

/**
 * Opens the model that a chosen delta restores.
 * @param base the files of the model that it was made from
 * @throws LabError bad-plan if it is not available; as `openDeltaModel`; Cancelled
 */
export async function openPickedDelta(
  name: string,
  picked: PickedModel | undefined,
  base: FileSource,
  signal?: AbortSignal,
): Promise<Model> {
  const weights = picked?.weights;
  if (!picked || weights === undefined) throw absent(name, 'Choose the file again.');
  const { openDeltaModel } = await import('../../delta/restoredModel');
  return openDeltaModel(name, blobSource(weights, picked.files.get(weights)!), base, signal);
}

/**
 * Returns the files of a downloaded or chosen model in hub layout.
 * @throws LabError bad-plan if it is not available, or is one file
 */
export async function checkpointFiles(name: string, picked: PickedModel | undefined): Promise<FileSource> {
  if (picked?.weights !== undefined || (!picked && splitHubFile(name)))
    throw new LabError(
      'bad-plan',
      `${name} is one file, and not a folder with the tensors of a checkpoint.`,
      'Choose a model in hub layout (config.json and weights as safetensors or .bin).',
    );
  if (picked) return fileListSource(picked);
  if (!isHubId(name)) throw absent(name, 'Choose its files again.');
  const { id, revision } = splitHubId(name);
  const files = await openStored(await openOpfsStore(), id, revision);
  if (!files) throw absent(name, 'Download it first, under “More models”.');
  return files;
}

/** Opens a GGUF or ONNX file of a repository that was downloaded. */
async function openHubFile(
  name: string,
  { id, revision, file }: HubFileName,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Model> {
  const files = await openStored(await openOpfsStore(), id, revision);
  if (!files || !(await files.has(file))) throw absent(name, 'Download it first.');
  return loadModelFile(files, file, signal, onProgress);
}

function absent(name: string, remedy: string): LabError {
  return new LabError(
    'bad-plan',
    `The model ${JSON.stringify(name.slice(0, 120))} is not available here.`,
    remedy,
  );
}
