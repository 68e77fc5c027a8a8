/**
 * What a GGUF file holds (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): typed metadata and tensors of ggml block types.
 *
 * Reading: `parseGguf(bytes)` (parse.ts), then `decodeGgufTensor` (tensor.ts).
 * Writing: `writeGguf(content)` or, piece by piece, `ggufChunks(content)` (write.ts); bytes of a tensor by `blockType(name).encode` (blockTypes.ts).
 */

/** Metadata types of one element. 64-bit integers are bigint, so that every value is kept exactly. */
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

/** How an array of each element type is held: numbers as typed arrays, copied out of the file. */
export interface GgufLists {
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

export type GgufList =
  | { [T in GgufElementType]: { type: 'array'; items: T; value: GgufLists[T] } }[GgufElementType]
  | { type: 'array'; items: 'array'; value: readonly GgufList[] };

/** A metadata value with the type it has in the file, such as `{ type: 'uint32', value: 12 }`. */
export type GgufValue = GgufScalar | GgufList;

export interface GgufTensorInfo {
  name: string;
  /** Fastest first, as in the file: a matrix [out, in] has dims [in, out]. At most four. */
  dims: readonly number[];
  /** Name of the ggml type, such as `Q8_0`. */
  type: string;
  /** Of the first byte, from `dataStart`; a multiple of `alignment`. */
  offset: number;
  byteLength: number;
}

/** The header of a file; every tensor lies wholly inside the file and overlaps no other. */
export interface GgufFile {
  version: 2 | 3;
  /** In the order of the file. */
  metadata: ReadonlyMap<string, GgufValue>;
  /** In the order of the file. */
  tensors: readonly GgufTensorInfo[];
  /** Offset of the tensor data in the file; bytes. */
  dataStart: number;
  alignment: number;
}

export interface GgufTensor {
  name: string;
  /** Fastest first; the first is a multiple of the type's block size. */
  dims: readonly number[];
  type: string;
  /** The encoded bytes, or a function that makes them when their turn to be written comes. */
  data: Uint8Array | (() => Uint8Array);
}

export interface GgufContent {
  metadata: readonly (readonly [key: string, value: GgufValue])[];
  tensors: readonly GgufTensor[];
  /** Bytes, a power of two; 32 where absent. Another value is written as `general.alignment`. */
  alignment?: number;
}
