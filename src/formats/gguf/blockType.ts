import { LabError } from '../../base/errors';
import { floatToHalfBits, halfBitsToFloat } from '../../base/float16';
import { badGguf } from './errors';
import { sumOfSquares } from './scaleSearch';

/** How a ggml type stores a tensor: as consecutive blocks of `blockSize` values in `blockBytes` bytes each. */
export interface BlockLayout {
  /** The value of the type in ggml's enum ggml_type, which the file stores. */
  id: number;
  /** ggml's name, such as `Q8_0`. */
  name: string;
  /** The number of values in a block. */
  blockSize: number;
  blockBytes: number;
}

/** The mean squares of the inputs of a matrix, from an importance matrix. */
interface Importance {
  /** One for each column. Rows of values have this length. */
  columns: Float32Array;
}

/** A ggml type that this program encodes and decodes. */
export interface BlockType extends BlockLayout {
  /**
   * Encodes values into little-endian blocks, bit for bit as ggml's reference quantiser does.
   * @param importance of the columns; as in llama.cpp, types without a search for scales ignore it
   * @throws LabError bad-input if the length is not a multiple of the block size; not-finite for NaN, infinities and
   *   scales beyond float16
   */
  encode(values: Float32Array, importance?: Importance): Uint8Array;
  /**
   * Decodes blocks into float32 values.
   * @throws LabError bad-file if the length is not a multiple of the bytes in a block
   */
  decode(bytes: Uint8Array): Float32Array;
}

/** A ggml type given by the functions that encode and decode one block. */
export interface BlockDefinition extends BlockLayout {
  /** Encodes `blockSize` finite values from `values[from]` into `blockBytes` zeroed bytes at `to`. */
  encodeBlock(values: Float32Array, from: number, bytes: DataView, to: number): void;
  /**
   * Encodes a block so that errors of important columns count more, if ggml does that for the type.
   * @param importance of the block's columns
   * @param rowMeanSquare the mean square of the row, in float32
   */
  encodeWeighted?(
    values: Float32Array,
    from: number,
    bytes: DataView,
    to: number,
    importance: Float32Array,
    rowMeanSquare: number,
  ): void;
  /** Decodes `blockBytes` bytes at `from` into `blockSize` values at `values[to]`. */
  decodeBlock(bytes: DataView, from: number, values: Float32Array, to: number): void;
}

/** Returns a block type made from a definition of one block; it checks lengths and values and loops over the blocks. */
export function defineBlockType(definition: BlockDefinition): BlockType {
  const { id, name, blockSize, blockBytes } = definition;
  return {
    id,
    name,
    blockSize,
    blockBytes,
    encode: (values, importance) => encodeBlocks(definition, values, importance),
    decode: (bytes) => decodeBlocks(definition, bytes),
  };
}

function encodeBlocks(type: BlockDefinition, values: Float32Array, importance?: Importance): Uint8Array {
  const { name, blockSize, blockBytes } = type;
  if (values.length % blockSize !== 0)
    throw new LabError(
      'bad-input',
      `${values.length} values cannot be stored as ${name}: the number is not a multiple of its block size, ${blockSize}.`,
      'Use rows whose length is a multiple of the block size, or another type (F16 takes any length).',
    );
  checkFinite(name, values);
  const blocks = values.length / blockSize;
  const bytes = new Uint8Array(blocks * blockBytes);
  const view = new DataView(bytes.buffer);
  if (importance && type.encodeWeighted) encodeRows(type, values, importance, view);
  else for (let b = 0; b < blocks; b++) type.encodeBlock(values, b * blockSize, view, b * blockBytes);
  return bytes;
}

/** Encodes row by row with the importance of the columns. */
function encodeRows(type: BlockDefinition, values: Float32Array, importance: Importance, view: DataView) {
  const { blockSize, blockBytes } = type;
  const { columns } = importance;
  for (let from = 0; from < values.length; from += columns.length) {
    const row = values.subarray(from, from + columns.length);
    const rowMeanSquare = Math.fround(sumOfSquares(row) / row.length);
    for (let at = 0; at < row.length; at += blockSize) {
      const to = ((from + at) / blockSize) * blockBytes;
      const block = columns.subarray(at, at + blockSize);
      type.encodeWeighted!(values, from + at, view, to, block, rowMeanSquare);
    }
  }
}

function decodeBlocks(type: BlockDefinition, bytes: Uint8Array): Float32Array {
  const { name, blockSize, blockBytes } = type;
  if (bytes.byteLength % blockBytes !== 0)
    throw badGguf(`${bytes.byteLength} bytes are not a multiple of the ${blockBytes} in a block of ${name}`);
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
    `Value ${index} is ${values[index]}, which cannot be written as ${type}.`,
    'Use a checkpoint whose weights are all finite.',
  );
}

/**
 * Writes `value` as float16 into the two bytes at `to`.
 * @throws LabError not-finite if it would round to infinity
 */
export function setHalf(bytes: DataView, to: number, value: number, type: string): void {
  const bits = floatToHalfBits(value);
  if ((bits & 0x7fff) === 0x7c00)
    throw new LabError(
      'not-finite',
      `${value} exceeds the largest float16 (65504), which ${type} stores it as.`,
      'Use F32 for this tensor, or scale the weights down.',
    );
  bytes.setUint16(to, bits, true);
}

/** Returns the value of the float16 at `from`. */
export function getHalf(bytes: DataView, from: number): number {
  return halfBitsToFloat(bytes.getUint16(from, true));
}

/** Returns the largest magnitude of `count` values from index `from`, or 0 if `count` is 0. */
export function maxMagnitude(values: Float32Array, from: number, count: number): number {
  let max = 0;
  for (let i = from; i < from + count; i++) max = Math.max(max, Math.abs(values[i]));
  return max;
}

/**
 * Returns 1 ÷ d in float32, as ggml computes it, or 0 for d = 0. If the reciprocal of a subnormal d is infinite, ggml's
 * result is undefined and this one is 0, which changes no decoded value because such a d is 0 in float16.
 */
export function reciprocal(d: number): number {
  const inverse = d === 0 ? 0 : Math.fround(1 / d);
  return Number.isFinite(inverse) ? inverse : 0;
}
