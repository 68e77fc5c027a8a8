import type { Below } from '../mutations';
import { breakBytes } from './breakBytes';

/** A nesting depth at which recursive functions overflow the stack. */
const DEPTH = 20_000;
/** JSON texts that JSON.stringify cannot write, and the strings that stand for them until the document is written. */
const RAW: readonly (readonly [mark: string, text: string])[] = [
  ['@infinity', '1e999'],
  ['@minus-infinity', '-1e999'],
  ['@minus-zero', '-0'],
  ['@deep-list', '['.repeat(DEPTH) + ']'.repeat(DEPTH)],
  ['@deep-object', '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH)],
  ['@lone-surrogate', '"\\ud800"'],
];

/** Values that readers have failed on. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, '', [], {}, [[]], [null], [{}], { '': null }],
  ...[0, 1, -1, 2, 0.5, 3, 7, 255, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, 5e-324],
  ...[
    'a',
    ' ',
    '\0',
    '0',
    '-1',
    'null',
    '../x',
    '/',
    '\\',
    '<b>',
    'x'.repeat(300),
    '🙂',
    '▁',
    'Ġ',
    '(',
    '[a',
    '.*',
  ],
  ...RAW.map(([mark]) => mark),
];

/** Names that objects inherit, and names that have a meaning in many files. */
const NAMES = ['__proto__', 'constructor', 'toString', 'length', 'then', '', 'type', 'id', 'a'];

/**
 * Returns a JSON document with one to four changes of its values, names and order; in one of eight cases also with broken
 * bytes.
 */
export function breakJson(bytes: Uint8Array, below: Below): Uint8Array {
  const holder = { root: JSON.parse(new TextDecoder().decode(bytes)) as unknown };
  for (let left = 1 + below(4); left > 0; left--) {
    const { parent, key } = someNode(holder, below);
    CHANGES[below(CHANGES.length)](parent, key, below);
  }
  const text = RAW.reduce(
    (all, [mark, raw]) => all.replaceAll(JSON.stringify(mark), raw),
    JSON.stringify(holder.root) ?? 'null',
  );
  const encoded = new TextEncoder().encode(text);
  return below(8) === 0 ? breakBytes(encoded, below) : encoded;
}

type Node = Record<string, unknown>;

/** Returns a random property in the document, deep ones as likely as shallow ones. */
function someNode(holder: Node, below: Below): { parent: Node; key: string } {
  let parent = holder;
  let key = 'root';
  // The whole document is chosen rarely, because little is left of it then.
  while (below(parent === holder ? 30 : 5) > 0) {
    const value = parent[key];
    if (typeof value !== 'object' || value === null) break;
    const keys = Object.keys(value);
    if (keys.length === 0) break;
    parent = value as Node;
    key = keys[below(keys.length)];
  }
  return { parent, key };
}

type Change = (parent: Node, key: string, below: Below) => void;

const CHANGES: readonly Change[] = [
  (parent, key, below) => put(parent, key, VALUES[below(VALUES.length)]),
  (parent, key, below) => put(parent, key, VALUES[below(VALUES.length)]),
  (parent, key) => {
    if (Array.isArray(parent)) parent.splice(Number(key), 1);
    else delete parent[key];
  },
  (parent, key, below) => {
    const value = parent[key];
    if (Array.isArray(value))
      for (let left = below(50); left > 0; left--) value.push(copyOf(value[below(value.length)]));
    else put(parent, key, [value]);
  },
  (parent, key, below) => {
    const name = NAMES[below(NAMES.length)];
    if (Array.isArray(parent)) parent.push(copyOf(VALUES[below(VALUES.length)]));
    else put(parent, name, below(2) ? parent[key] : VALUES[below(VALUES.length)]);
  },
  (parent, key, below) => put(parent, key, nearby(parent[key], below)),
  (parent, key, below) => {
    const keys = Object.keys(parent);
    const other = keys[below(keys.length)];
    const value = parent[key];
    put(parent, key, parent[other]);
    put(parent, other, value);
  },
];

/** Sets an own property, even `__proto__`, to a copy, so that a change does not affect two places or a later case. */
function put(parent: Node, key: string, value: unknown): void {
  const property = { writable: true, enumerable: true, configurable: true };
  Object.defineProperty(parent, key, { value: copyOf(value), ...property });
}

function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value;
}

/** Returns a slightly different value of the same type. */
function nearby(value: unknown, below: Below): unknown {
  if (typeof value === 'number')
    return [value + 1, value - 1, -value, value * 2, value / 2, value * 1e6][below(6)];
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string') return value;
  const at = below(value.length + 1);
  const character = String.fromCodePoint(below(4) ? 32 + below(95) : below(0xd800));
  return [value.slice(0, at) + character + value.slice(at), value.slice(0, at), value + value][below(3)];
}
