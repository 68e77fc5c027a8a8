import { rawTensorBytes } from '../dtypes';
import { badTorch, unsupportedTorch } from './errors';
import { pickleKind, PickleDict, PickleObject, PickleTuple, type PickleValue } from './pickle/values';
import { elementBytes } from './strides';
import { TorchStorage, TorchTensor } from './types';

/** A function of Python that a pickle may call: what it would build is built here, as data. */
export class Rebuilder extends PickleObject {
  constructor(readonly build: (args: readonly PickleValue[]) => PickleValue) {
    super();
  }

  get kind(): string {
    return 'a function';
  }
}

/** The calls with which torch writes tensors, parameters and state dicts (torch/_utils.py, torch/_tensor.py). */
export const rebuilders: ReadonlyMap<string, Rebuilder> = new Map([
  ['collections.OrderedDict', new Rebuilder(orderedDict)],
  ['torch._utils._rebuild_tensor_v2', new Rebuilder(tensor)],
  ['torch._utils._rebuild_parameter', new Rebuilder(parameter)],
]);

/** More than any layer has; keeps the work for a tensor bounded. */
const MAX_DIMS = 16;

function orderedDict(args: readonly PickleValue[]): PickleDict {
  if (args.length === 0) return new PickleDict();
  throw badTorch('its pickle makes an OrderedDict from values, where torch fills it afterwards');
}

/** data, requires_grad, backward hooks. */
function parameter([data, ...rest]: readonly PickleValue[]): TorchTensor {
  if (data instanceof TorchTensor && rest.length === 2) return data;
  throw badTorch('its pickle makes a parameter of something that is no tensor');
}

/** storage, offset, sizes, strides, requires_grad, backward hooks, and since torch 1.12 where needed: bits beside the values. */
function tensor(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, sizes, strides, , , bits] = args;
  if (args.length < 6 || args.length > 7 || !(storage instanceof TorchStorage))
    throw badTorch('its pickle makes a tensor from arguments torch does not use');
  if (bits !== undefined && bits !== null)
    throw unsupportedTorch('holds a tensor whose values are conjugated or negated when read');
  const shape = sizesOf(sizes, 'sizes');
  const steps = sizesOf(strides, 'strides');
  if (shape.length !== steps.length)
    throw badTorch(`a tensor of ${shape.length} dimensions has ${steps.length} strides`);
  return placed(storage, sizeOf(offset, 'offset'), shape, steps);
}

function sizesOf(value: PickleValue, what: string): readonly number[] {
  if (!(value instanceof PickleTuple)) throw badTorch(`the ${what} of a tensor are ${pickleKind(value)}`);
  if (value.items.length > MAX_DIMS)
    throw unsupportedTorch(`holds a tensor of ${value.items.length} dimensions; up to ${MAX_DIMS} are read`);
  // The tuple's own array: a tensor takes no memory for its sizes beyond what the pickle spent bytes on.
  value.items.forEach((item) => sizeOf(item, what));
  return value.items as readonly number[];
}

function sizeOf(value: PickleValue, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const given = typeof value === 'number' ? String(value) : pickleKind(value);
  throw badTorch(`the ${what} of a tensor are not sizes: ${given}`);
}

/** The tensor, once its first and last elements were seen to lie inside the storage. */
function placed(
  storage: TorchStorage,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): TorchTensor {
  // Refuses sizes whose product cannot be addressed.
  rawTensorBytes(storage.dtype, shape);
  const width = elementBytes(storage);
  if (shape.includes(0)) return new TorchTensor(storage, shape, strides, 0, 0);
  const last = shape.reduce((at, size, d) => at + (size - 1) * strides[d], offset);
  if (last >= storage.elements)
    throw badTorch(
      `a tensor of shape [${shape.join(', ')}] and strides [${strides.join(', ')}] reads element ${last} of a storage of ${storage.elements}`,
    );
  return new TorchTensor(storage, shape, strides, offset * width, (last + 1 - offset) * width);
}
