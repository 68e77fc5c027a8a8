import { LabError } from '../../base/errors';
import { blobSource, fileListSource, type PickedModel } from '../../models/load/pickedFiles';
import { importGguf } from '../../models/gguf/import';
import { isHubId, splitHubId } from '../../models/hub/origin';
import { splitHubFile, type HubFileName } from '../../models/hub/quantisedFiles';
import { openStored } from '../../models/hub/stored';
import type { OnBytes } from '../../models/load/files';
import { loadModel } from '../../models/load/load';
import type { Model } from '../../models/model';
import { openOpfsStore } from './downloadStore';

/** Maximum size of a GGUF file, which is read into one array; browsers limit its size. */
const MAX_GGUF_BYTES = 2 ** 31 - 1;

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
  if (picked?.kind === 'gguf') return openGguf(picked);
  if (picked) return loadModel(fileListSource(picked), signal, onProgress);
  const hubFile = splitHubFile(name);
  if (hubFile) return openHubFile(name, hubFile);
  if (!isHubId(name)) throw absent(name, 'Choose its files again.');
  const { id, revision } = splitHubId(name);
  const files = await openStored(await openOpfsStore(), id, revision);
  if (!files) throw absent(name, 'Download it first, under “More models”.');
  return loadModel(files, signal, onProgress);
}

/** Opens a GGUF file of a repository that was downloaded. */
async function openHubFile(name: string, { id, revision, file }: HubFileName): Promise<Model> {
  const files = await openStored(await openOpfsStore(), id, revision);
  if (!files?.open || !(await files.has(file))) throw absent(name, 'Download it first.');
  const source = await files.open(file);
  checkSize(file, source.size);
  return importGguf(await source.read(0, source.size), file);
}

async function openGguf({ id, files }: PickedModel): Promise<Model> {
  const [[name, file]] = files;
  checkSize(name, file.size);
  return importGguf(await blobSource(name, file).read(0, file.size), id);
}

function checkSize(name: string, bytes: number): void {
  if (bytes > MAX_GGUF_BYTES)
    throw new LabError(
      'limit',
      `${name} has ${bytes} bytes, but a page can read a GGUF file of at most ${MAX_GGUF_BYTES} bytes into memory.`,
      'Choose a smaller file, or the model in safetensors, which is read by range.',
    );
}

function absent(name: string, remedy: string): LabError {
  return new LabError(
    'bad-plan',
    `The model ${JSON.stringify(name.slice(0, 120))} is not available here.`,
    remedy,
  );
}
