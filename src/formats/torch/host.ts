import { rawTensorBytes } from '../dtypes';
import { badTorch, unsupportedTorch } from './errors';
import { quoted } from '../../base/shown';
import type { PickleHost } from './pickle/machine';
import { pickleKind, PickleTuple, type PickleValue } from './pickle/values';
import { Rebuilder, rebuilders } from './rebuild';
import { StorageType, storageTypes } from './storages';
import { TorchStorage, type FindStorage } from './types';

/**
 * What a pickle in a torch file may refer to: classes of storages, the functions that rebuild tensors, and the file's storages.
 * Any other name is code, and refused with its name.
 */
export function torchHost(findStorage: FindStorage): PickleHost {
  return { global: findGlobal, call, persistent: (id) => storageOf(id, findStorage) };
}

function findGlobal(module: string, name: string): PickleValue {
  const path = `${module}.${name}`;
  const found = storageTypes.get(path) ?? rebuilders.get(path);
  if (found) return found;
  throw unsupportedTorch(`asks for ${quoted(path)}, which is code or no plain tensor; only tensors are read`);
}

function call(callable: PickleValue, { items }: PickleTuple): PickleValue {
  if (callable instanceof Rebuilder) return callable.build(items);
  throw badTorch(`its pickle calls ${pickleKind(callable)}`);
}

/** ('storage', class, key, device, elements), as torch.save writes it; files from before torch 1.6 add None. */
function storageOf(id: PickleValue, findStorage: FindStorage): TorchStorage {
  const items = id instanceof PickleTuple ? id.items : [];
  const [tag, type, key, , elements, view = null] = items;
  const whole = view === null && items.length <= 6;
  if (!whole || tag !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string')
    throw badTorch('its pickle refers to something outside that is no storage');
  if (typeof elements !== 'number' || !Number.isSafeInteger(elements) || elements < 0)
    throw badTorch(`storage ${quoted(key)} has no size`);
  const place = findStorage(key, elements, rawTensorBytes(type.dtype, [elements]));
  return new TorchStorage(type.dtype, elements, place);
}

/**
 * Compares the size of a storage with what tensors were told.
 * @throws LabError bad-file
 */
export function checkSize(key: string, expected: number, actual: number): void {
  if (expected !== actual)
    throw badTorch(`storage ${quoted(key)} should have ${expected} bytes, but has ${actual}`);
}
