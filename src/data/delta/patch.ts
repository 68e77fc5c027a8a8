import { layoutText, type RowLayout } from './layout';

/** A replacement inside a text: how many UTF-16 code units are kept at its start and at its end, and what stands between them. */
export type Splice = readonly [start: number, end: number, middle: string];

/** The difference between two rows, field by field. Values are as the file spells them; sections that would be empty are absent. */
export interface FieldPatch {
  /** New values of fields. */
  set?: Record<string, string>;
  /** Values of which a part changes. */
  splice?: Record<string, Splice>;
  /** Names of fields that are gone. */
  drop?: string[];
  /** Fields that are added behind the others. */
  add?: Record<string, string>;
  /** Names of all fields in their new order, if it is not that of the base followed by the added ones. */
  order?: string[];
}

/** What JSON puts around the characters of a splice: brackets, numbers, commas and quotes. */
const SPLICE_OVERHEAD = 16;

/** Returns the splice that turns one text into another. It does not cut surrogate pairs apart. */
export function spliceOf(from: string, to: string): Splice {
  const limit = Math.min(from.length, to.length);
  let start = 0;
  while (start < limit && from.charCodeAt(start) === to.charCodeAt(start)) start++;
  if (start > 0 && isHighSurrogate(from.charCodeAt(start - 1))) start--;
  let end = 0;
  while (end < limit - start && from.charCodeAt(from.length - 1 - end) === to.charCodeAt(to.length - 1 - end))
    end++;
  if (end > 0 && isLowSurrogate(from.charCodeAt(from.length - end))) end--;
  return [start, end, to.slice(start, to.length - end)];
}

const isHighSurrogate = (unit: number) => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit < 0xe000;

/** Returns the text with a splice applied; undefined if the splice keeps more than the text has. */
export function spliced(text: string, [start, end, middle]: Splice): string | undefined {
  if (start + end > text.length) return undefined;
  return text.slice(0, start) + middle + text.slice(text.length - end);
}

/** Returns the patch from one row to another, or undefined if applying it would not give exactly the other row. */
export function patchOf(base: RowLayout, derived: RowLayout): FieldPatch | undefined {
  const old = new Map(base.fields.map(({ name, value }) => [name, value]));
  const present = new Set(derived.fields.map(({ name }) => name));
  const patch: Required<FieldPatch> = {
    set: record(),
    splice: record(),
    drop: base.fields.flatMap(({ name }) => (present.has(name) ? [] : [name])),
    add: record(),
    order: [],
  };
  for (const { name, value } of derived.fields) {
    const before = old.get(name);
    if (before === undefined) patch.add[name] = value;
    else if (before !== value) addChange(patch, name, before, value);
  }
  const kept = base.fields.flatMap(({ name }) => (present.has(name) ? [name] : []));
  const order = derived.fields.map(({ name }) => name);
  if (order.join('\0') !== [...kept, ...Object.keys(patch.add)].join('\0')) patch.order = order;
  const lean = withoutEmpty(patch);
  const again = patched(base, lean);
  return again !== undefined && layoutText(again) === layoutText(derived) ? lean : undefined;
}

function addChange({ set, splice }: Required<FieldPatch>, name: string, before: string, value: string): void {
  const part = spliceOf(before, value);
  if (part[2].length + SPLICE_OVERHEAD < value.length) splice[name] = part;
  else set[name] = value;
}

/** Makes an object without inherited names, since fields may have any name. */
function record<T>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

function withoutEmpty(patch: Required<FieldPatch>): FieldPatch {
  return Object.fromEntries(Object.entries(patch).filter(([, section]) => Object.keys(section).length > 0));
}

/** Returns the row that a patch makes of another; undefined if the patch does not fit the row. */
export function patched(base: RowLayout, patch: FieldPatch): RowLayout | undefined {
  const { set = {}, splice = {}, drop = [], add = {}, order } = patch;
  const fields = new Map(base.fields.map((field) => [field.name, field]));
  for (const name of drop) if (!fields.delete(name)) return undefined;
  for (const [name, value] of Object.entries(set)) {
    const field = fields.get(name);
    if (!field) return undefined;
    fields.set(name, { ...field, value });
  }
  for (const [name, part] of Object.entries(splice)) {
    const field = fields.get(name);
    const value = field && spliced(field.value, part);
    if (value === undefined) return undefined;
    fields.set(name, { ...field!, value });
  }
  for (const [name, value] of Object.entries(add)) {
    if (fields.has(name)) return undefined;
    fields.set(name, { name, label: labelLike(base, name), value });
  }
  if (!order) return { ...base, fields: [...fields.values()] };
  const ordered = order.flatMap((name) => fields.get(name) ?? []);
  return new Set(order).size === fields.size && ordered.length === fields.size
    ? { ...base, fields: ordered }
    : undefined;
}

/** Returns the label of a new field in the style of the row's first one: nothing in CSV, the quoted name and a colon in JSON. */
function labelLike({ fields }: RowLayout, name: string): string {
  if (fields.length === 0) return `${JSON.stringify(name)}: `;
  const [{ label }] = fields;
  return label === '' ? '' : JSON.stringify(name) + label.slice(label.lastIndexOf('"') + 1);
}
