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
  return loadModel(await otherFiles({ name, picked }), signal, onProgress);
}

/** A model that was downloaded or whose files were chosen. */
interface OtherModel {
  name: string;
  picked: PickedModel | undefined;
}

/**
 * Opens the model that a chosen delta restores.
 * @param base the files of the model that it was made from, or where to find them
 * @throws LabError bad-plan if one of them is not available; as `openDeltaModel`; Cancelled
 */
export async function openPickedDelta(
  name: string,
  picked: PickedModel | undefined,
  base: FileSource | OtherModel,
  signal?: AbortSignal,
): Promise<Model> {
  const weights = picked?.weights;
  if (!picked || weights === undefined) throw absent(name, 'Choose the file again.');
  const { openDeltaModel } = await import('../../delta/restoredModel');
  const files = 'name' in base ? await otherFiles(base) : base;
  return openDeltaModel(name, blobSource(weights, picked.files.get(weights)!), files, signal);
}

async function otherFiles({ name, picked }: OtherModel): Promise<FileSource> {
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
