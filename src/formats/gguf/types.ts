/**
 * The content of a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): typed metadata and tensors of
 * ggml block types.
 *
 * To read a file, call `openGguf(source)` (parse.ts), then `readGgufTensor` and `decodeGgufTensor` (tensor.ts). To write one, call
 * `writeGguf(content)` or, for one chunk after another, `ggufChunks(content)` (write.ts); `blockType(name).encode`
 * (blockTypes.ts) makes the bytes of a tensor.
 */

/** Types of a single metadata value. 64-bit integers are bigint, so that every value is exact. */
interface GgufElements {
  uint8: number;
  int8: number;
  uint16: number;
  int16: number;
  uint32: number;
  int32: number;
  float32: number;
  bool: boolean;
  string: string;
  uint64: bigint;
  int64: bigint;
  float64: number;
}

/** The representation of an array by element type: numbers are typed arrays, copied from the file. */
export interface GgufArrays {
  uint8: Uint8Array;
  int8: Int8Array;
  uint16: Uint16Array;
  int16: Int16Array;
  uint32: Uint32Array;
  int32: Int32Array;
  float32: Float32Array;
  bool: readonly boolean[];
  string: readonly string[];
  uint64: BigUint64Array;
  int64: BigInt64Array;
  float64: Float64Array;
}

export type GgufElementType = keyof GgufElements;

export type GgufScalar = { [T in GgufElementType]: { type: T; value: GgufElements[T] } }[GgufElementType];

export type GgufArray =
  | { [T in GgufElementType]: { type: 'array'; items: T; value: GgufArrays[T] } }[GgufElementType]
  | { type: 'array'; items: 'array'; value: readonly GgufArray[] };

/** A metadata value with the type it has in the file, such as `{ type: 'uint32', value: 12 }`. */
export type GgufValue = GgufScalar | GgufArray;

export interface GgufTensorInfo {
  name: string;
  /** At most four sizes, the fastest-varying first, as in the file: a row-major matrix [out, in] has dims [in, out]. */
  dims: readonly number[];
  /** Name of the ggml type, such as `Q8_0`. */
  type: string;
  /** Byte offset of the data from `dataStart`; a multiple of `alignment`. */
  offset: number;
  byteLength: number;
}

/** The parsed header of a file, whose tensors lie inside the file and do not overlap. */
export interface GgufFile {
  version: 2 | 3;
  /** In file order. */
  metadata: ReadonlyMap<string, GgufValue>;
  /** In file order. */
  tensors: readonly GgufTensorInfo[];
  /** Byte offset of the tensor data in the file. */
  dataStart: number;
  /** Alignment of the tensors in bytes. */
  alignment: number;
}

/** A tensor to write. */
export interface GgufTensor {
  name: string;
  /** At most four sizes, the fastest-varying first; the first is a multiple of the type's block size. */
  dims: readonly number[];
  type: string;
  /** The encoded bytes, or a function that makes them when they are to be written. */
  data: Uint8Array | (() => Uint8Array);
}

/** The content of a file to write. */
export interface GgufContent {
  metadata: readonly (readonly [key: string, value: GgufValue])[];
  tensors: readonly GgufTensor[];
  /** Alignment of the tensors in bytes, a power of two; 32 if absent. Other values are written as `general.alignment`. */
  alignment?: number;
}
