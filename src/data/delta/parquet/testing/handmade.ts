import type { SchemaElement } from 'hyparquet';
import { joined } from '../../../../testing/mutations';

/** A value of Thrift's compact protocol: int32, int64, a boolean, binary, a structure by the numbers of its fields, or a list. */
type Thrift = number | bigint | boolean | string | Uint8Array | { [field: number]: Thrift } | Thrift[];

const TYPES = ['BOOLEAN', 'INT32', 'INT64', 'INT96', 'FLOAT', 'DOUBLE', 'BYTE_ARRAY', 'FIXED_LEN_BYTE_ARRAY'];
const REPETITIONS = ['REQUIRED', 'OPTIONAL', 'REPEATED'];
const utf8 = new TextEncoder();

/** A page: the fields of its header besides its sizes, its bytes, and how many they are said to decompress to. */
export interface HandmadePage {
  header: { [field: number]: Thrift };
  bytes: readonly number[] | Uint8Array;
  size?: number;
}

/** A column chunk of a file that a test writes byte by byte. */
export interface Handmade {
  pages: readonly HandmadePage[];
  type?: string;
  repetition?: string;
  codec?: number;
  rows?: number;
  /** Fields of the metadata of the column chunk. */
  chunk?: { [field: number]: Thrift };
  /** Elements of the schema behind the root. */
  schema?: readonly Pick<SchemaElement, 'name' | 'type' | 'repetition_type'>[];
  /** How many row groups have the same bytes. */
  groups?: number;
}

/** Returns a Parquet file of one column "x" with the given pages, however wrong. */
export function handmadeParquet(made: Handmade): Uint8Array {
  const { type = 'INT32', repetition = 'REQUIRED', rows = 10, groups = 1 } = made;
  const body = joined(utf8.encode('PAR1'), ...made.pages.map(pageBytes));
  const leaves = made.schema ?? [{ name: 'x', type, repetition_type: repetition }];
  const schema = leaves.map(({ name, type: leaf, repetition_type }) => ({
    ...{ 1: TYPES.indexOf(leaf!), 2: 4, 3: REPETITIONS.indexOf(repetition_type!), 4: name },
  }));
  const size = BigInt(body.length - 4);
  const columns = leaves.map(({ name, type: leaf }) => ({
    2: 4n,
    3: {
      ...{ 1: TYPES.indexOf(leaf!), 2: [0], 3: [name], 4: made.codec ?? 0, 5: BigInt(rows) },
      ...{ 6: size, 7: size, 9: 4n },
      ...made.chunk,
    },
  }));
  const group = { 1: columns, 2: size, 3: BigInt(rows) };
  const root = { 4: 'root', 5: leaves.length };
  const footer = {
    1: 1,
    2: [root, ...schema],
    3: BigInt(rows * groups),
    4: Array<Thrift>(groups).fill(group),
  };
  return withFooter(body, thriftBytes(footer));
}

/** Returns a file of these bytes and this metadata. */
export function withFooter(body: Uint8Array, footer: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, footer.length, true);
  return joined(body, footer, length, utf8.encode('PAR1'));
}

function pageBytes({ header, bytes, size }: HandmadePage): Uint8Array {
  const compressed = Uint8Array.from(bytes);
  return joined(thriftBytes({ ...header, 2: size ?? compressed.length, 3: compressed.length }), compressed);
}

/** Returns the bytes of a structure or another value. */
export function thriftBytes(value: Thrift): Uint8Array {
  if (typeof value === 'number') return varint(BigInt(value < 0 ? -2 * value - 1 : 2 * value));
  if (typeof value === 'bigint') return varint(value < 0n ? -2n * value - 1n : 2n * value);
  if (typeof value === 'boolean') return new Uint8Array();
  if (typeof value === 'string') return thriftBytes(utf8.encode(value));
  if (value instanceof Uint8Array) return joined(varint(BigInt(value.length)), value);
  if (Array.isArray(value)) {
    const head = joined(Uint8Array.of(0xf0 | typeOf(value[0] ?? 0)), varint(BigInt(value.length)));
    return joined(head, ...value.map(thriftBytes));
  }
  const fields = Object.entries(value).map(([field, member]) =>
    joined(Uint8Array.of(typeOf(member)), thriftBytes(Number(field)), thriftBytes(member)),
  );
  return joined(...fields, Uint8Array.of(0));
}

function typeOf(value: Thrift): number {
  if (typeof value === 'boolean') return value ? 1 : 2;
  if (typeof value === 'number') return 5;
  if (typeof value === 'bigint') return 6;
  if (typeof value === 'string' || value instanceof Uint8Array) return 8;
  return Array.isArray(value) ? 9 : 12;
}

/** Returns the bytes of an unsigned varint. */
export function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return Uint8Array.from([...bytes, Number(value)]);
}
