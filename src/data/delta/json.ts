import type { RowLayout } from './layout';

/** JSON as text: the members of an object with their exact spelling, and one canonical spelling of equal values. */

/** JSON's white space. */
const SPACE = /[ \t\n\r]*/y;
const LITERAL = /[^ \t\n\r,\]}]*/y;

/**
 * Returns the members of an object as they are spelled, or undefined if the text is another value, has duplicate names, or separates
 * its members in several ways.
 * @param text valid JSON
 */
export function jsonLayout(text: string): RowLayout | undefined {
  let at = skip(SPACE, text, 0);
  if (text[at] !== '{') return undefined;
  at = skip(SPACE, text, at + 1);
  const open = text.slice(0, at);
  const fields: RowLayout['fields'] = [];
  const separators = new Set<string>();
  const names = new Set<string>();
  while (text[at] !== '}') {
    const key = at;
    const keyEnd = stringEnd(text, at);
    const value = skip(SPACE, text, skip(SPACE, text, keyEnd) + 1);
    at = valueEnd(text, value);
    const name = JSON.parse(text.slice(key, keyEnd)) as string;
    fields.push({ name, label: text.slice(key, value), value: text.slice(value, at) });
    names.add(name);
    const end = at;
    at = skip(SPACE, text, at);
    if (text[at] !== ',') {
      at = end;
      break;
    }
    at = skip(SPACE, text, at + 1);
    separators.add(text.slice(end, at));
  }
  if (names.size < fields.length || separators.size > 1) return undefined;
  return { open, fields, separator: [...separators][0] ?? ', ', close: text.slice(at) };
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

/** Returns the index behind the closing quote of the string that begins at `at`. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return end + 1;
  }
}

/** Returns the index behind the value that begins at `at`. */
function valueEnd(text: string, at: number): number {
  if (text[at] === '"') return stringEnd(text, at);
  if (text[at] !== '{' && text[at] !== '[') return skip(LITERAL, text, at);
  for (let depth = 0; ;) {
    const c = text[at];
    if (c === '{' || c === '[') depth++;
    if (c === '}' || c === ']') depth--;
    at = c === '"' ? stringEnd(text, at) : at + 1;
    if (depth === 0) return at;
  }
}

/** Strings and numbers of a JSON text. Numbers of 16 digits and more may lose digits in JSON.parse. */
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;
const LONG_NUMBER = /\d{16}/;
/** The mark of a long number that is kept as a string. It cannot begin a canonical string by accident: it is escaped there. */
const NUMBER_MARK = '\u0000number ';

/**
 * Returns the same text for equal JSON values however they are spelled: names are sorted, white space and escapes are normal, and
 * numbers have their shortest spelling, as in RFC 8785. Integers beyond float64 keep all digits.
 * @param text valid JSON
 */
export function canonicalJson(text: string): string {
  return canonical(JSON.parse(LONG_NUMBER.test(text) ? withLongNumbers(text) : text));
}

function withLongNumbers(text: string): string {
  return text.replace(STRING_OR_NUMBER, (token) =>
    token.startsWith('"') || !/^-?\d{16,}$/.test(token) ? token : JSON.stringify(NUMBER_MARK + token),
  );
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value === -0 ? 0 : value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}
