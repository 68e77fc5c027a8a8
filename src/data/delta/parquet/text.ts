/**
 * A row of Parquet as a line of JSON. Values that JSON lacks are objects with the one name "": 64-bit integers {"":"5n"}, byte arrays
 * {"":"b" and base64}, and the numbers {"":"NaN"}, {"":"Infinity"}, {"":"-Infinity"}, {"":"-0"}.
 */

const MARK = '';

/** Bytes of a value besides those of a text or byte array. */
const VALUE_BYTES = 8;

/**
 * Returns the line of JSON of a row, with its columns in order. Missing values are null.
 * @param reserve called with the bytes of each value before they are written; it throws if they are too many
 */
export function rowText(
  columns: readonly string[],
  row: Readonly<Record<string, unknown>>,
  reserve: (bytes: number) => void = () => undefined,
): string {
  const written = (value: unknown) => marked(value ?? null, reserve);
  return JSON.stringify(Object.fromEntries(columns.map((name) => [name, written(row[name])])));
}

function marked(value: unknown, reserve: (bytes: number) => void): unknown {
  reserve(VALUE_BYTES + (typeof value === 'string' || value instanceof Uint8Array ? value.length : 0));
  if (typeof value === 'bigint') return { [MARK]: `${value}n` };
  if (value instanceof Uint8Array) return { [MARK]: `b${Buffer.from(value).toString('base64')}` };
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return { [MARK]: Object.is(value, -0) ? '-0' : String(value) };
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, (each) => marked(each, reserve));
  if (Array.isArray(value)) return value.map((each) => marked(each ?? null, reserve));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, marked(member ?? null, reserve)]),
  );
}

/** Returns the values of a line that `rowText` wrote. @throws SyntaxError for a text that is not of this kind */
export function rowValues(text: string): Record<string, unknown> {
  return JSON.parse(text, (_, value: unknown) => unmarked(value)) as Record<string, unknown>;
}

function unmarked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const mark = (value as Record<string, unknown>)[MARK];
  // A column may have the empty name, too, beside others.
  if (typeof mark !== 'string' || Object.keys(value).length > 1) return value;
  // The base64 of a byte array may end with an n, too.
  if (mark.startsWith('b')) return new Uint8Array(Buffer.from(mark.slice(1), 'base64'));
  if (mark.endsWith('n')) return BigInt(mark.slice(0, -1));
  return Number(mark);
}
