import { concatenate } from '../base/concatenate';

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;

/**
 * Writes Protocol Buffers messages (protobuf.dev/programming-guides/encoding), as far as ONNX needs them. Payloads are kept by
 * reference and copied once in `finish`, so that a model's weights are not copied at each nesting level.
 */
export class ProtoWriter {
  private readonly chunks: Uint8Array[] = [];
  private length = 0;

  /** Writes an int32, int64, bool or enum field; negative values take ten bytes. */
  integer(field: number, value: number | bigint): this {
    this.tag(field, VARINT);
    return this.varint(BigInt.asUintN(64, BigInt(value)));
  }

  /** Writes a packed repeated int64 field. */
  integers(field: number, values: readonly number[]): this {
    const packed = new ProtoWriter();
    for (const value of values) packed.varint(BigInt.asUintN(64, BigInt(value)));
    return this.message(field, packed);
  }

  float(field: number, value: number): this {
    this.tag(field, FIXED32);
    return this.push(new Uint8Array(new Float32Array([value]).buffer));
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.tag(field, BYTES);
    this.varint(BigInt(value.length));
    return this.push(value);
  }

  message(field: number, value: ProtoWriter): this {
    this.tag(field, BYTES);
    this.varint(BigInt(value.length));
    return this.append(value);
  }

  /** Appends the fields of another writer. */
  append(other: ProtoWriter): this {
    for (const chunk of other.chunks) this.push(chunk);
    return this;
  }

  /** Returns the encoded message as one array. */
  finish(): Uint8Array {
    return concatenate(Uint8Array, this.chunks);
  }

  private tag(field: number, wireType: number): void {
    this.varint(BigInt((field << 3) | wireType));
  }

  private varint(value: bigint): this {
    const bytes: number[] = [];
    let rest = value;
    while (rest > 0x7fn) {
      bytes.push(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    bytes.push(Number(rest));
    return this.push(Uint8Array.from(bytes));
  }

  private push(bytes: Uint8Array): this {
    this.chunks.push(bytes);
    this.length += bytes.length;
    return this;
  }
}
