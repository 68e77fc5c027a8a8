import type { PartLayout, Parts } from '../../../contract/parts';
import type { OptionsOf } from '../../../contract/meta';
import { BitReader, BitWriter, CorruptData } from '../../../kit/entropyCoding/bitio';
import {
  type CodedField,
  type ContainerHeader,
  readHeader,
  splitPayload,
  writeFields,
} from '../../../kit/entropyCoding/container';
import {
  codingOrder,
  type Field,
  fieldsOf,
  hasSymbols,
  maxCodedBytes,
} from '../../../kit/entropyCoding/fields';
import type meta from './meta';

export type RansOptions = OptionsOf<typeof meta>;

/** The suffix of the one merged part, and of the headers of separate parts. */
const DATA = 'data';
const TABLES = 'tables';

/**
 * Lists the stored parts. If merged, there is one part `data`: the header, padded to a byte, then the payload. Otherwise each part with
 * symbols becomes its payload, the headers are in `tables`, and the other parts stay as they are.
 */
export function ransLayout(inner: readonly PartLayout[], { merge }: RansOptions): PartLayout[] {
  const bytes = (shape: number): Pick<PartLayout, 'dtype' | 'shape' | 'variable' | 'unpadded'> => ({
    dtype: 'U8',
    shape: [shape],
    variable: true,
    unpadded: true,
  });
  if (merge) return [{ suffix: DATA, kind: 'codes', ...bytes(maxCodedBytes(inner)) }];
  const coded = inner.filter(hasSymbols);
  const kept = inner.filter((part) => !hasSymbols(part));
  return [
    ...coded.map((part) => ({ suffix: part.suffix, kind: part.kind, ...bytes(maxCodedBytes([part])) })),
    { suffix: TABLES, kind: 'tables', ...bytes(maxCodedBytes(coded)) },
    ...kept,
  ];
}

/** Groups the parts whose fields share a header and a payload. */
export function codingGroups(inner: readonly PartLayout[], { merge }: RansOptions): PartLayout[][] {
  return merge ? [[...inner]] : inner.filter(hasSymbols).map((part) => [part]);
}

/** Lists the fields of those parts of a group that are present, in coding order. */
export function fieldsToCode(group: readonly PartLayout[], parts: Parts): Field[] {
  return codingOrder(group).flatMap((part) => {
    const bytes = parts.get(part.suffix);
    return bytes ? fieldsOf(part, bytes.length) : [];
  });
}

/** Makes the stored parts from the coded fields of each group. */
export function storedParts(
  inner: readonly PartLayout[],
  options: RansOptions,
  parts: Parts,
  coded: readonly (readonly CodedField[])[],
): Parts {
  const writer = new BitWriter();
  const groups = codingGroups(inner, options);
  const payloads = groups.map((group, i) => writeFields(writer, group, parts, coded[i]));
  const header = writer.finish();
  if (options.merge) {
    const data = new Uint8Array(header.length + payloads[0].length);
    data.set(header);
    data.set(payloads[0], header.length);
    return new Map([[DATA, data]]);
  }
  const stored = new Map(parts);
  groups.forEach(([{ suffix }], i) => {
    if (parts.has(suffix)) stored.set(suffix, payloads[i]);
  });
  return stored.set(TABLES, header);
}

/** A group that was read: the lengths of its parts, and its fields with their payload. */
export type CodedGroup = Pick<ContainerHeader, 'lengths'> & { fields: CodedField[] };

/** Reads the headers of stored parts and divides their payloads into fields. @throws CorruptData */
export function readGroups(inner: readonly PartLayout[], options: RansOptions, stored: Parts): CodedGroup[] {
  if (options.merge) {
    const data = stored.get(DATA)!;
    const reader = new BitReader(data);
    const header = readHeader(reader, inner);
    return [{ lengths: header.lengths, fields: splitPayload(header, data.subarray(reader.bytesRead)) }];
  }
  const tables = stored.get(TABLES)!;
  const reader = new BitReader(tables);
  const groups = codingGroups(inner, options).map((group) => ({ group, header: readHeader(reader, group) }));
  if (reader.bytesRead !== tables.length) throw new CorruptData('bytes follow its tables');
  return groups.map(({ group: [{ suffix }], header }) => ({
    lengths: header.lengths,
    fields: splitPayload(header, stored.get(suffix) ?? new Uint8Array()),
  }));
}
