/**
 * A row of Parquet as a line of JSON. Values that JSON lacks are objects with the one name "": 64-bit integers {"":"5n"}, byte arrays
 * {"":"b" and base64}, and the numbers {"":"NaN"}, {"":"Infinity"}, {"":"-Infinity"}, {"":"-0"}.
 */

const MARK = '';

/** Returns the line of JSON of a row, with its columns in order. Missing values are null. */
export function rowText(columns: readonly string[], row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.fromEntries(columns.map((name) => [name, marked(row[name] ?? null)])));
}

function marked(value: unknown): unknown {
  if (typeof value === 'bigint') return { [MARK]: `${value}n` };
  if (value instanceof Uint8Array) return { [MARK]: `b${Buffer.from(value).toString('base64')}` };
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    return { [MARK]: Object.is(value, -0) ? '-0' : String(value) };
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array, marked);
  if (Array.isArray(value)) return value.map((each) => marked(each ?? null));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, marked(member ?? null)]));
}

/** Returns the values of a line that `rowText` wrote. @throws SyntaxError for a text that is not of this kind */
export function rowValues(text: string): Record<string, unknown> {
  return JSON.parse(text, (_, value: unknown) => unmarked(value)) as Record<string, unknown>;
}

function unmarked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const mark = (value as Record<string, unknown>)[MARK];
  if (typeof mark !== 'string') return value;
  if (mark.endsWith('n')) return BigInt(mark.slice(0, -1));
  if (mark.startsWith('b')) return new Uint8Array(Buffer.from(mark.slice(1), 'base64'));
  return Number(mark);
}
