import { LabError } from '../../base/errors';
import { floatToHalfBits, halfBitsToFloat } from '../../base/float16';
import { badGguf } from './errors';

/** How a ggml type lays values into bytes: a tensor is a run of blocks of `blockSize` values in `blockBytes` bytes. */
export interface BlockLayout {
  /** ggml's number of the type, as in the file. */
  id: number;
  /** ggml's name, such as `Q8_0`. */
  name: string;
  /** Values in a block. */
  blockSize: number;
  blockBytes: number;
}

/** A type that can be encoded and decoded. */
export interface BlockType extends BlockLayout {
  /**
   * The blocks of `values`, little-endian, bit for bit as ggml's reference quantiser writes them.
   * @throws LabError bad-input where the length is no multiple of the block, not-finite for NaN, infinities and scales beyond float16
   */
  encode(values: Float32Array): Uint8Array;
  /**
   * The values of `bytes`, float32.
   * @throws LabError bad-file where the length is no multiple of the block's bytes
   */
  decode(bytes: Uint8Array): Float32Array;
}

export interface BlockDefinition extends BlockLayout {
  /** Encodes `blockSize` finite values from `values[from]` into `blockBytes` zeroed bytes at `to`. */
  encodeBlock(values: Float32Array, from: number, bytes: DataView, to: number): void;
  /** Decodes `blockBytes` bytes at `from` into `blockSize` values at `values[to]`. */
  decodeBlock(bytes: DataView, from: number, values: Float32Array, to: number): void;
}

/** Makes a type of the functions that code one block: checks lengths and values, and walks the blocks. */
export function defineBlockType(definition: BlockDefinition): BlockType {
  const { id, name, blockSize, blockBytes } = definition;
  return {
    id,
    name,
    blockSize,
    blockBytes,
    encode: (values) => encodeBlocks(definition, values),
    decode: (bytes) => decodeBlocks(definition, bytes),
  };
}

function encodeBlocks(type: BlockDefinition, values: Float32Array): Uint8Array {
  const { name, blockSize, blockBytes } = type;
  if (values.length % blockSize !== 0)
    throw new LabError(
      'bad-input',
      `${values.length} values are no multiple of the ${blockSize} in a block of ${name}.`,
      'Use rows whose length is a multiple of the block, or another type (F16 takes any length).',
    );
  checkFinite(name, values);
  const blocks = values.length / blockSize;
  const bytes = new Uint8Array(blocks * blockBytes);
  const view = new DataView(bytes.buffer);
  for (let b = 0; b < blocks; b++) type.encodeBlock(values, b * blockSize, view, b * blockBytes);
  return bytes;
}

function decodeBlocks(type: BlockDefinition, bytes: Uint8Array): Float32Array {
  const { name, blockSize, blockBytes } = type;
  if (bytes.byteLength % blockBytes !== 0)
    throw badGguf(`${bytes.byteLength} bytes are no multiple of the ${blockBytes} in a block of ${name}`);
  const blocks = bytes.byteLength / blockBytes;
  const values = new Float32Array(blocks * blockSize);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let b = 0; b < blocks; b++) type.decodeBlock(view, b * blockBytes, values, b * blockSize);
  return values;
}

function checkFinite(type: string, values: Float32Array): void {
  const index = values.findIndex((x) => !Number.isFinite(x));
  if (index < 0) return;
  throw new LabError(
    'not-finite',
    `Value ${index} is ${values[index]}, which ${type} is not written with.`,
    'Use a checkpoint whose weights are all finite.',
  );
}

/**
 * Writes `value` as float16; two bytes at `to`.
 * @throws LabError not-finite where it would round to infinity
 */
export function setHalf(bytes: DataView, to: number, value: number, type: string): void {
  const bits = floatToHalfBits(value);
  if ((bits & 0x7fff) === 0x7c00)
    throw new LabError(
      'not-finite',
      `${value} is beyond the largest float16 (65504), in which ${type} stores it.`,
      'Use F32 for this tensor, or scale the weights down.',
    );
  bytes.setUint16(to, bits, true);
}

export function getHalf(bytes: DataView, from: number): number {
  return halfBitsToFloat(bytes.getUint16(from, true));
}

/** Largest magnitude of `count` values; 0 for none. */
export function maxMagnitude(values: Float32Array, from: number, count: number): number {
  let max = 0;
  for (let i = from; i < from + count; i++) max = Math.max(max, Math.abs(values[i]));
  return max;
}

/**
 * 1 ÷ d in float32, as ggml computes it; 0 for d = 0. Where the reciprocal of a subnormal d is infinite ggml's result is undefined:
 * 0 then, which changes no decoded value because such a d is 0 in float16.
 */
export function reciprocal(d: number): number {
  const inverse = d === 0 ? 0 : Math.fround(1 / d);
  return Number.isFinite(inverse) ? inverse : 0;
}
