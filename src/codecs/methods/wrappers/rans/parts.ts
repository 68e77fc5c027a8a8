import type { PartLayout, Parts } from '../../../contract/parts';
import type { OptionsOf } from '../../../contract/meta';
import { BitReader, BitWriter, Damage } from '../../../kit/entropyCoding/bitio';
import {
  type CodedField,
  cutPayload,
  type Head,
  readHead,
  writeFields,
} from '../../../kit/entropyCoding/container';
import { codingOrder, type Field, fieldsOf, hasSymbols, mostBytes } from '../../../kit/entropyCoding/fields';
import type meta from './meta';

export type RansOptions = OptionsOf<typeof meta>;

/** Everything in one part, or each part of codes by itself. */
const DATA = 'data';
const TABLES = 'tables';

/**
 * Parts of the inner codec as stored. Merged: one part `data`: head, padded to a byte, then the payload. Else each part
 * with symbols becomes as long as its payload, their heads make up `tables`, and the other parts stay as they are.
 */
export function ransLayout(inner: readonly PartLayout[], { merge }: RansOptions): PartLayout[] {
  const bytes = (shape: number): Pick<PartLayout, 'dtype' | 'shape' | 'variable' | 'unpadded'> => ({
    dtype: 'U8',
    shape: [shape],
    variable: true,
    unpadded: true,
  });
  if (merge) return [{ suffix: DATA, kind: 'codes', ...bytes(mostBytes(inner)) }];
  const coded = inner.filter(hasSymbols);
  const kept = inner.filter((part) => !hasSymbols(part));
  return [
    ...coded.map((part) => ({ suffix: part.suffix, kind: part.kind, ...bytes(mostBytes([part])) })),
    { suffix: TABLES, kind: 'tables', ...bytes(mostBytes(coded)) },
    ...kept,
  ];
}

/** The fields to code for these parts, each group by itself. */
export function groupsOf(inner: readonly PartLayout[], { merge }: RansOptions): PartLayout[][] {
  return merge ? [[...inner]] : inner.filter(hasSymbols).map((part) => [part]);
}

export function fieldsToCode(group: readonly PartLayout[], parts: Parts): Field[] {
  return codingOrder(group).flatMap((part) => {
    const bytes = parts.get(part.suffix);
    return bytes ? fieldsOf(part, bytes.length) : [];
  });
}

/** The stored parts from the coded fields of each group. */
export function assemble(
  inner: readonly PartLayout[],
  options: RansOptions,
  parts: Parts,
  coded: readonly (readonly CodedField[])[],
): Parts {
  const head = new BitWriter();
  const groups = groupsOf(inner, options);
  const payloads = groups.map((group, i) => writeFields(head, group, parts, coded[i]));
  const table = head.finish();
  if (options.merge) {
    const data = new Uint8Array(table.length + payloads[0].length);
    data.set(table);
    data.set(payloads[0], table.length);
    return new Map([[DATA, data]]);
  }
  const stored = new Map(parts);
  groups.forEach(([{ suffix }], i) => {
    if (parts.has(suffix)) stored.set(suffix, payloads[i]);
  });
  return stored.set(TABLES, table);
}

/** A group as read back: the lengths of its parts, and its fields with their payload. */
export type OpenedGroup = Pick<Head, 'lengths'> & { fields: CodedField[] };

/** The inverse of `assemble`, as far as the head goes. @throws Damage */
export function open(inner: readonly PartLayout[], options: RansOptions, stored: Parts): OpenedGroup[] {
  if (options.merge) {
    const data = stored.get(DATA)!;
    const reader = new BitReader(data);
    const head = readHead(reader, inner);
    return [{ lengths: head.lengths, fields: cutPayload(head, data.subarray(reader.bytesRead)) }];
  }
  const table = stored.get(TABLES)!;
  const reader = new BitReader(table);
  const heads = groupsOf(inner, options).map((group) => ({ group, head: readHead(reader, group) }));
  if (reader.bytesRead !== table.length) throw new Damage('its tables are longer than they say');
  return heads.map(({ group: [{ suffix }], head }) => ({
    lengths: head.lengths,
    fields: cutPayload(head, stored.get(suffix) ?? new Uint8Array()),
  }));
}
