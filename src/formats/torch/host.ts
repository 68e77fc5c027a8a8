import { rawTensorBytes } from '../dtypes';
import { badTorch, unsupportedTorch } from './errors';
import { quoted } from '../../base/shown';
import type { PickleHost } from './pickle/machine';
import { pickleKind, PickleTuple, type PickleValue } from './pickle/values';
import { Rebuilder, rebuilders } from './rebuild';
import { StorageType, storageTypes } from './storages';
import { TorchStorage, type FindStorage } from './types';

/**
 * Returns the globals, calls and storages that a pickle in a PyTorch file may use: storage classes, the functions that rebuild
 * tensors, and the file's storages. Any other global is code, and an error names it.
 */
export function torchHost(findStorage: FindStorage): PickleHost {
  return { global: findGlobal, call, persistent: (id) => storageOf(id, findStorage) };
}

function findGlobal(module: string, name: string): PickleValue {
  const path = `${module}.${name}`;
  const found = storageTypes.get(path) ?? rebuilders.get(path);
  if (found) return found;
  throw unsupportedTorch(
    `refers to ${quoted(path)}, which is code or not a plain tensor; only tensors can be read`,
  );
}

function call(callable: PickleValue, { items }: PickleTuple): PickleValue {
  if (callable instanceof Rebuilder) return callable.build(items);
  throw badTorch(`its pickle calls ${pickleKind(callable)}`);
}

/** Returns the storage of a persistent id ('storage', class, key, device, elements); PyTorch before 1.6 appended None. */
function storageOf(id: PickleValue, findStorage: FindStorage): TorchStorage {
  const items = id instanceof PickleTuple ? id.items : [];
  const [tag, type, key, , elements, view = null] = items;
  const whole = view === null && items.length <= 6;
  if (!whole || tag !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string')
    throw badTorch('its pickle has a persistent id that is not a storage');
  if (typeof elements !== 'number' || !Number.isSafeInteger(elements) || elements < 0)
    throw badTorch(`storage ${quoted(key)} has no valid size`);
  const place = findStorage(key, elements, rawTensorBytes(type.dtype, [elements]));
  return new TorchStorage(type.dtype, elements, place);
}

/**
 * Compares the size of a storage in the pickle with that in the file.
 * @throws LabError bad-file if they differ
 */
export function checkSize(key: string, expected: number, actual: number): void {
  if (expected !== actual)
    throw badTorch(`storage ${quoted(key)} should have ${expected} bytes, but has ${actual}`);
}
