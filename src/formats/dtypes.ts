import { LabError } from '../base/errors';

/**
 * Element types of safetensors and their widths in bits, in the reference writer's order (ascending alignment):
 * https://github.com/huggingface/safetensors, enum Dtype.
 */
const BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

/** The name of an element type as safetensors spells it. */
export type Dtype = keyof typeof BITS;

const RANK = new Map(Object.keys(BITS).map((name, rank) => [name, rank]));

/** Returns whether `name` is an element type of safetensors. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && RANK.has(name);
}

/** Returns the position of an element type in the reference writer's order, from 0. */
export function dtypeRank(dtype: Dtype): number {
  return RANK.get(dtype)!;
}

/**
 * Returns the size of a tensor in bytes.
 * @throws LabError bad-file if the size exceeds 2⁵³ bits or is not a whole number of bytes
 */
export function rawTensorBytes(dtype: Dtype, shape: readonly number[]): number {
  const empty = shape.includes(0);
  const elements = empty ? 0 : shape.reduce((product, n) => product * n, 1);
  const bits = elements * BITS[dtype];
  if (bits <= Number.MAX_SAFE_INTEGER && bits % 8 === 0) return bits / 8;
  throw new LabError(
    'bad-file',
    `A tensor of shape [${shape.slice(0, 8).join(', ')}] and type ${dtype} is too large or does not end at a whole byte.`,
    'Download or export the file again.',
  );
}

/** A tensor without its values. */
export interface TensorLayout {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
}

/** A tensor with its values as the file encodes them. */
export interface RawTensor {
  dtype: Dtype;
  shape: readonly number[];
  /** Values in row-major order, little-endian: a view into the file that need not be aligned. */
  bytes: Uint8Array;
}
