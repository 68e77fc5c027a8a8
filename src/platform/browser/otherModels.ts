import { LabError } from '../../base/errors';
import { blobSource, fileListSource, type PickedModel } from '../../models/load/pickedFiles';
import { importGguf } from '../../models/gguf/import';
import { isHubId, splitHubId } from '../../models/hub/origin';
import { openStored } from '../../models/hub/stored';
import type { OnBytes } from '../../models/load/files';
import { loadModel } from '../../models/load/load';
import type { Model } from '../../models/model';
import { openOpfsStore } from './downloadStore';

/** A GGUF file is held in memory as a whole, in one array. */
const MAX_GGUF_BYTES = 2 ** 31 - 1;

/**
 * A model that does not ship with the page.
 * @param picked the chosen files of this name, if there are any
 * @throws LabError bad-plan when it is not there, or what is wrong with its files; Cancelled
 */
export async function openOther(
  name: string,
  picked: PickedModel | undefined,
  signal?: AbortSignal,
  onProgress?: OnBytes,
): Promise<Model> {
  if (picked?.kind === 'gguf') return openGguf(picked);
  if (picked) return loadModel(fileListSource(picked), signal, onProgress);
  if (!isHubId(name)) throw absent(name, 'Choose its files again.');
  const { id, revision } = splitHubId(name);
  const files = await openStored(await openOpfsStore(), id, revision);
  if (!files) throw absent(name, 'Download it first, under “More models”.');
  return loadModel(files, signal, onProgress);
}

async function openGguf({ id, files }: PickedModel): Promise<Model> {
  const [[name, file]] = files;
  if (file.size > MAX_GGUF_BYTES)
    throw new LabError(
      'limit',
      `${name} has ${file.size} bytes; GGUF files are read into memory, where a page gets ${MAX_GGUF_BYTES} at once.`,
      'Choose a smaller file, or the model in safetensors, which is read by parts.',
    );
  return importGguf(await blobSource(name, file).read(0, file.size), id);
}

function absent(name: string, remedy: string): LabError {
  return new LabError('bad-plan', `The model ${JSON.stringify(name.slice(0, 120))} is not here.`, remedy);
}
