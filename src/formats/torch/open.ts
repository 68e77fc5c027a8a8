import type { ByteSource } from '../byteSource';
import { sourceStandIn } from '../standIn';
import { readArchive } from './archive';
import { badTorch, CONVERT_TO_SAFETENSORS, unsupportedTorch } from './errors';
import { quoted } from '../../base/shown';
import { isLegacy, LEGACY_START_BYTES, readLegacy } from './legacy';
import { pickleKind, PickleDict, type PickleValue } from './pickle/values';
import { readExactly } from './readExactly';
import { TorchTensor, type TorchFile } from './types';

const ZIP_START = [0x50, 0x4b];

/**
 * Opens a state dict that `torch.save` wrote: a zip archive since PyTorch 1.6
 * (https://docs.pytorch.org/docs/stable/notes/serialization.html, "torch.save file format"), consecutive pickles before.
 * It reads the descriptions of tensors, not their values, and executes nothing in the file. Memory is at most 128 times
 * the size of the pickles and the zip directory.
 * @throws LabError bad-file with the invalid part; unsupported for TorchScript programs, training checkpoints and
 *   everything else that is not a dict of tensors; limit for pickles larger than 8 MiB; Cancelled
 */
export async function openTorch(source: ByteSource, signal?: AbortSignal): Promise<TorchFile> {
  const start = await readExactly(source, 0, Math.min(LEGACY_START_BYTES, source.size), 'its beginning');
  if (isLegacy(start)) return { tensors: stateDict(await readLegacy(source, signal)) };
  if (ZIP_START.some((byte, i) => start[i] !== byte))
    throw (
      (await sourceStandIn(source)) ??
      badTorch('it begins neither as a zip archive nor as a file of PyTorch before 1.6')
    );
  return { tensors: stateDict(await readArchive(source, signal)) };
}

function stateDict(value: PickleValue): Map<string, TorchTensor> {
  const remedy = `Save only the weights: torch.save(model.state_dict(), file). ${CONVERT_TO_SAFETENSORS}`;
  if (!(value instanceof PickleDict))
    throw unsupportedTorch(`holds ${pickleKind(value)} instead of a dict of tensors`, remedy);
  const tensors = new Map<string, TorchTensor>();
  for (const [key, item] of value.entries()) {
    if (typeof key !== 'string' || !(item instanceof TorchTensor))
      throw unsupportedTorch(
        `holds ${pickleKind(item)} under ${quoted(String(key))}, but only a dict of tensors can be read`,
        remedy,
      );
    tensors.set(key, item);
  }
  return tensors;
}
