import type { Below } from '../mutations';
import { breakBytes } from './breakBytes';

/** Deeper than what calls itself for each level comes back from. */
const DEPTH = 20_000;
/** What JSON can say and JavaScript cannot write: stands in the text until it is written out. */
const RAW: readonly (readonly [mark: string, text: string])[] = [
  ['@infinity', '1e999'],
  ['@minus-infinity', '-1e999'],
  ['@minus-zero', '-0'],
  ['@deep-list', '['.repeat(DEPTH) + ']'.repeat(DEPTH)],
  ['@deep-object', '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH)],
  ['@half-character', '"\\ud800"'],
];

/** Values that readers have stumbled over. */
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

/** Names that objects have of themselves, and others that mean something in many files. */
const NAMES = ['__proto__', 'constructor', 'toString', 'length', 'then', '', 'type', 'id', 'a'];

/** A JSON text with one to four changes of its values, names and order; one in eight with broken bytes besides. */
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

/** A place in the document, deep ones as likely as shallow ones. */
function someNode(holder: Node, below: Below): { parent: Node; key: string } {
  let parent = holder;
  let key = 'root';
  // Seldom the whole document: little is left of it then.
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

/** Sets an own property, also one called `__proto__`, to a copy: no change may reach two places, or a later case. */
function put(parent: Node, key: string, value: unknown): void {
  const property = { writable: true, enumerable: true, configurable: true };
  Object.defineProperty(parent, key, { value: copyOf(value), ...property });
}

function copyOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value;
}

/** A value of the same type that is slightly other. */
function nearby(value: unknown, below: Below): unknown {
  if (typeof value === 'number')
    return [value + 1, value - 1, -value, value * 2, value / 2, value * 1e6][below(6)];
  if (typeof value === 'boolean') return !value;
  if (typeof value !== 'string') return value;
  const at = below(value.length + 1);
  const character = String.fromCodePoint(below(4) ? 32 + below(95) : below(0xd800));
  return [value.slice(0, at) + character + value.slice(at), value.slice(0, at), value + value][below(3)];
}
