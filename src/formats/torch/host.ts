import { tensorBytes } from '../dtypes';
import { badFile, quote, unsupported } from './errors';
import type { PickleHost } from './pickle/machine';
import { kindOf, PickleTuple, type PickleValue } from './pickle/values';
import { Rebuilder, rebuilders } from './rebuild';
import { StorageType, storageTypes } from './storages';
import { TorchStorage } from './types';
import type { ZipEntry } from './zip';

/**
 * What a pickle in a torch file may refer to: classes of storages, the functions that rebuild tensors, and the archive's storages.
 * Any other name is code, and refused with its name.
 * @param storageEntry the file that holds the storage of a key, if the archive has it
 */
export function torchHost(storageEntry: (key: string) => ZipEntry | undefined): PickleHost {
  return { global: findGlobal, call, persistent: (id) => findStorage(id, storageEntry) };
}

function findGlobal(module: string, name: string): PickleValue {
  const path = `${module}.${name}`;
  const found = storageTypes.get(path) ?? rebuilders.get(path);
  if (found) return found;
  throw unsupported(`asks for ${quote(path)}, which is code or no plain tensor; only tensors are read`);
}

function call(callable: PickleValue, { items }: PickleTuple): PickleValue {
  if (callable instanceof Rebuilder) return callable.build(items);
  throw badFile(`its pickle calls ${kindOf(callable)}`);
}

/** ('storage', class, key, device, elements), as torch.save writes it. */
function findStorage(id: PickleValue, storageEntry: (key: string) => ZipEntry | undefined): TorchStorage {
  const [tag, type, key, , elements] = id instanceof PickleTuple && id.items.length === 5 ? id.items : [];
  if (tag !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string')
    throw badFile('its pickle refers to something outside that is no storage');
  if (typeof elements !== 'number' || !Number.isSafeInteger(elements) || elements < 0)
    throw badFile(`storage ${quote(key)} has no size`);
  const entry = storageEntry(key);
  if (!entry) throw badFile(`storage ${quote(key)} is not in the archive`);
  const byteLength = tensorBytes(type.dtype, [elements]);
  if (entry.byteLength === byteLength) return new TorchStorage(type.dtype, elements, entry);
  throw badFile(
    `storage ${quote(key)} should have ${byteLength} bytes (${elements} of type ${type.dtype}), but has ${entry.byteLength}`,
  );
}
