import type { ByteSource } from '../byteSource';
import { readArchive } from './archive';
import { badTorch, CONVERT_TO_SAFETENSORS, unsupportedTorch } from './errors';
import { quoted } from '../../base/shown';
import { isLegacy, LEGACY_START_BYTES, readLegacy } from './legacy';
import { pickleKind, PickleDict, type PickleValue } from './pickle/values';
import { readExactly } from './readExactly';
import { TorchTensor, type TorchFile } from './types';

const ZIP_START = [0x50, 0x4b];

/**
 * The tensors of a file that `torch.save` wrote: a zip archive since torch 1.6
 * (https://docs.pytorch.org/docs/stable/notes/serialization.html, "torch.save file format"), pickles one after the other before.
 * Only descriptions are read, not the values; nothing in the file is executed. Memory is bounded by 128 times the bytes of the
 * file's pickles and of its zip directory.
 * @throws LabError bad-file naming the part that is wrong; unsupported for programs (TorchScript), training checkpoints and everything
 *   else that is more than tensors by name; limit for descriptions too large for any model; Cancelled
 */
export async function openTorch(source: ByteSource, signal?: AbortSignal): Promise<TorchFile> {
  const start = await readExactly(source, 0, Math.min(LEGACY_START_BYTES, source.size), 'its beginning');
  if (isLegacy(start)) return { tensors: stateDict(await readLegacy(source, signal)) };
  if (ZIP_START.some((byte, i) => start[i] !== byte))
    throw badTorch('it begins neither as a zip archive nor as older files of torch do');
  return { tensors: stateDict(await readArchive(source, signal)) };
}

function stateDict(value: PickleValue): Map<string, TorchTensor> {
  const remedy = `Save only the weights: torch.save(model.state_dict(), file). Or: ${CONVERT_TO_SAFETENSORS}`;
  if (!(value instanceof PickleDict))
    throw unsupportedTorch(`holds ${pickleKind(value)}, not tensors by name`, remedy);
  const tensors = new Map<string, TorchTensor>();
  for (const [key, item] of value.entries()) {
    if (typeof key !== 'string' || !(item instanceof TorchTensor))
      throw unsupportedTorch(
        `holds ${pickleKind(item)} under ${quoted(String(key))}, not only tensors by name`,
        remedy,
      );
    tensors.set(key, item);
  }
  return tensors;
}
