import { LabError } from '../../base/errors';

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];
/** Bytes of the longest varint, which holds 64 bits. */
const MAX_VARINT = 10;

/** A field of a Protocol Buffers message: its number and its value, of which one form is there. */
export interface ProtoField {
  number: number;
  /** A varint, read as a signed 64-bit integer. */
  integer?: bigint;
  /** Bytes, a string or a message, as a view; or the bytes of a number of fixed width. */
  bytes?: Uint8Array;
}

/**
 * Reads the fields of a Protocol Buffers message in order (protobuf.dev/programming-guides/encoding), without copying.
 * @throws LabError bad-file for a field that does not end inside the message
 */
export function* protoFields(message: Uint8Array): Generator<ProtoField> {
  const reader = new Reader(message);
  while (!reader.isAtEnd) {
    const tag = Number(BigInt.asUintN(32, reader.varint()));
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (wireType === VARINT) yield { number, integer: BigInt.asIntN(64, reader.varint()) };
    else if (wireType === BYTES) yield { number, bytes: reader.take(Number(reader.varint())) };
    else if (wireType === FIXED32) yield { number, bytes: reader.take(4) };
    else if (wireType === FIXED64) yield { number, bytes: reader.take(8) };
    else throw badOnnx(`a field has the wire type ${wireType}`);
  }
}

/**
 * Returns the integers of a repeated field, of which each occurrence is one integer or several packed ones.
 * @param most the number of them that is read
 */
export function protoIntegers({ integer, bytes }: ProtoField, most = Infinity): number[] {
  if (integer !== undefined) return [Number(integer)];
  const values: number[] = [];
  const reader = new Reader(bytes ?? new Uint8Array());
  while (!reader.isAtEnd && values.length < most) values.push(Number(BigInt.asIntN(64, reader.varint())));
  return values;
}

/** Returns the number of a float32 field. @throws LabError bad-file if it is none */
export function protoFloat({ bytes }: ProtoField): number {
  if (bytes?.length !== 4) throw badOnnx('a real number is stored in another form');
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
}

/** Returns the text of a field. @throws LabError bad-file if it is not UTF-8 */
export function protoText({ bytes }: ProtoField): string {
  if (!bytes) throw badOnnx('a text is stored as a number');
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    throw badOnnx('a name is not UTF-8', error);
  }
}

/** Returns the fields of a field that is a message. @throws LabError bad-file if it is none */
export function protoMessage({ bytes }: ProtoField): Uint8Array {
  if (bytes) return bytes;
  throw badOnnx('a message is stored as a number');
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let i = 0; i < MAX_VARINT; i++) {
      if (this.isAtEnd) throw badOnnx('it ends inside a number');
      const byte = this.bytes[this.at++];
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw badOnnx('a number has more than 64 bits');
  }

  take(length: number): Uint8Array {
    const end = this.at + length;
    if (end > this.bytes.length)
      throw badOnnx(`a field of ${length} bytes lies beyond the end of its message`);
    const begin = this.at;
    this.at = end;
    return this.bytes.subarray(begin, end);
  }
}

/** Returns the error about an ONNX file that is damaged; `why` is a clause. */
export function badOnnx(why: string, cause?: unknown): LabError {
  return new LabError(
    'bad-file',
    `The file is not a valid ONNX model: ${why}.`,
    'Download or export the file again.',
    cause,
  );
}
