import { rawTensorBytes } from '../dtypes';
import { badTorch, unsupportedTorch } from './errors';
import { pickleKind, PickleDict, PickleObject, PickleTuple, type PickleValue } from './pickle/values';
import { elementBytes } from './strides';
import { TorchStorage, TorchTensor } from './types';

/** A stand-in for a Python function that a pickle may call; `build` makes its result as data. */
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

/** The maximum number of dimensions; no layer has more, and it bounds the work for a tensor. */
const MAX_DIMS = 16;

function orderedDict(args: readonly PickleValue[]): PickleDict {
  if (args.length === 0) return new PickleDict();
  throw badTorch('its pickle calls OrderedDict with arguments, which PyTorch does not do');
}

/** Evaluates _rebuild_parameter(data, requires_grad, backward_hooks). */
function parameter([data, ...rest]: readonly PickleValue[]): TorchTensor {
  if (data instanceof TorchTensor && rest.length === 2) return data;
  throw badTorch('its pickle makes a parameter of something that is not a tensor');
}

/**
 * Evaluates _rebuild_tensor_v2(storage, storage_offset, size, stride, requires_grad, backward_hooks[, metadata since
 * PyTorch 1.12]).
 */
function tensor(args: readonly PickleValue[]): TorchTensor {
  const [storage, offset, sizes, strides, , , metadata] = args;
  if (args.length < 6 || args.length > 7 || !(storage instanceof TorchStorage))
    throw badTorch('its pickle makes a tensor from arguments that PyTorch does not use');
  if (metadata !== undefined && metadata !== null)
    throw unsupportedTorch('holds a tensor whose values are conjugated or negated when read');
  const shape = sizesOf(sizes, 'size');
  const stride = sizesOf(strides, 'stride');
  if (shape.length !== stride.length)
    throw badTorch(`a tensor of ${shape.length} dimensions has ${stride.length} strides`);
  return tensorView(storage, sizeOf(offset, 'offset'), shape, stride);
}

function sizesOf(value: PickleValue, what: string): readonly number[] {
  if (!(value instanceof PickleTuple))
    throw badTorch(`the ${what} of a tensor is ${pickleKind(value)}, not a tuple`);
  if (value.items.length > MAX_DIMS)
    throw unsupportedTorch(
      `holds a tensor of ${value.items.length} dimensions; at most ${MAX_DIMS} can be read`,
    );
  // Reusing the tuple's array bounds the memory for sizes by the size of the pickle.
  value.items.forEach((item) => sizeOf(item, what));
  return value.items as readonly number[];
}

function sizeOf(value: PickleValue, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const given = typeof value === 'number' ? String(value) : pickleKind(value);
  throw badTorch(`the ${what} of a tensor must be a non-negative integer, but is ${given}`);
}

/** Returns the tensor, after checking that its elements lie inside the storage. */
function tensorView(
  storage: TorchStorage,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): TorchTensor {
  // Throws if the product of the sizes cannot be addressed.
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
