import { LabError } from '../../base/errors';
import { loadModelFile } from '../../models/load/modelFile';
import { fileListSource, type PickedModel } from '../../models/load/pickedFiles';
import { isHubId, splitHubId } from '../../models/hub/origin';
import { splitHubFile, type HubFileName } from '../../models/hub/quantisedFiles';
import { openStored } from '../../models/hub/stored';
import type { OnBytes } from '../../models/load/files';
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
  if (picked) return loadModel(fileListSource(picked), signal, onProgress);
  const hubFile = splitHubFile(name);
  if (hubFile) return openHubFile(name, hubFile, signal, onProgress);
  if (!isHubId(name)) throw absent(name, 'Choose its files again.');
  const { id, revision } = splitHubId(name);
  const files = await openStored(await openOpfsStore(), id, revision);
  if (!files) throw absent(name, 'Download it first, under “More models”.');
  return loadModel(files, signal, onProgress);
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
