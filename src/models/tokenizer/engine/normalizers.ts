import { objectField, type TokenizerJson } from '../json';
import {
  AlignedBuilder,
  mapCharacters,
  normalized,
  prepended,
  replaceCharacter,
  replaceParts,
  sliceAligned,
  utf8Width,
  type AlignedText,
} from './alignedText';
import { Fields } from './fields';
import { precompiled } from './precompiled';
import { compilePattern } from './regex/compile';
import { escaped, patternFinder } from './split';

/** Changes a text before it is split. */
export type Normalizer = (text: AlignedText) => AlignedText;

/**
 * Returns a normalizer of tokenizer.json as the Rust library has it.
 * @throws LabError unsupported for an unknown type, field or value
 */
export function normalizerOf(json: TokenizerJson): Normalizer {
  const fields = new Fields(json, 'normalizer');
  if (!Object.hasOwn(KINDS, fields.type)) throw fields.refused('is not supported');
  const normalizer = KINDS[fields.type](fields);
  fields.end();
  return normalizer;
}

const form = (name: 'NFC' | 'NFD' | 'NFKC' | 'NFKD') => (): Normalizer => (text) => normalized(text, name);

const KINDS: Record<string, (fields: Fields) => Normalizer> = {
  Sequence(fields) {
    const steps = fields.components('normalizers').map(normalizerOf);
    return (text) => steps.reduce((changed, step) => step(changed), text);
  },
  NFC: form('NFC'),
  NFD: form('NFD'),
  NFKC: form('NFKC'),
  NFKD: form('NFKD'),
  Lowercase: () => lowercase,
  Strip(fields) {
    const [left, right] = [fields.boolean('strip_left'), fields.boolean('strip_right')];
    return (source) => {
      const { text } = source;
      const from = left ? /^\p{White_Space}*/u.exec(text)![0].length : 0;
      const to = right ? text.length - spacesAtEnd(text.slice(from)) : text.length;
      return sliceAligned(source, from, Math.max(from, to));
    };
  },
  StripAccents: () => (text) => removed(text, /\p{M}/u),
  Nmt: () => (text) => mapCharacters(text, nmt),
  Prepend(fields) {
    const prefix = fields.string('prepend');
    return (text) => (text.text === '' || prefix === '' ? text : prepended(text, prefix));
  },
  Replace(fields) {
    const content = fields.string('content');
    const literal = literalOf(fields);
    if (literal?.length === 1) return (text) => replaceCharacter(text, literal, content);
    const find = patternFinder(patternOf(fields));
    return (text) => replaceParts(text, matchesOf(find(text.text)), content);
  },
  BertNormalizer(fields) {
    const [clean, chinese] = [fields.boolean('clean_text'), fields.boolean('handle_chinese_chars')];
    const lower = fields.boolean('lowercase');
    const accents = fields.any('strip_accents') === undefined ? lower : fields.boolean('strip_accents');
    return (text) => {
      let changed = text;
      if (clean) changed = mapCharacters(changed, cleaned);
      if (chinese) changed = mapCharacters(changed, (c) => (isChinese(c.codePointAt(0)!) ? ` ${c} ` : c));
      if (accents) changed = removed(normalized(changed, 'NFD'), /\p{Mn}/u);
      return lower ? lowercase(changed) : changed;
    };
  },
  ByteLevel: () => byteLevel,
  Precompiled: (fields) => precompiled(fields),
};

/** Returns the text of a `pattern` that is given as a text; undefined if it is a pattern. */
function literalOf(fields: Fields): string | undefined {
  const literal = objectField({ pattern: fields.any('pattern') }, 'pattern')?.String;
  return typeof literal === 'string' ? literal : undefined;
}

/** Returns the `pattern` of a component, which is a text or a pattern. */
export function patternOf(fields: Fields): RegExp {
  const pattern = objectField({ pattern: fields.any('pattern') }, 'pattern');
  const [kind, ...more] = Object.keys(pattern ?? {});
  const value = pattern?.[kind];
  if (more.length > 0 || typeof value !== 'string' || value === '' || (kind !== 'String' && kind !== 'Regex'))
    throw fields.refused('has no pattern, or an empty one');
  return kind === 'String' ? new RegExp(escaped(value), 'gv') : compilePattern(value);
}

function* matchesOf(parts: Iterable<readonly [number, number, boolean]>): Generator<[number, number]> {
  for (const [from, to, matches] of parts) if (matches) yield [from, to];
}

function spacesAtEnd(text: string): number {
  let length = 0;
  while (length < text.length && /\p{White_Space}/u.test(text[text.length - length - 1])) length++;
  return length;
}

function lowercase(text: AlignedText): AlignedText {
  return mapCharacters(text, (c) => c.toLowerCase());
}

function removed(text: AlignedText, pattern: RegExp): AlignedText {
  return mapCharacters(text, (c) => (pattern.test(c) ? '' : c));
}

function cleaned(c: string): string {
  if (c === '\t' || c === '\n' || c === '\r') return ' ';
  if (c === '\0' || c === '\uFFFD' || /[\p{Cc}\p{Cf}\p{Co}]/u.test(c)) return '';
  return /\p{White_Space}/u.test(c) ? ' ' : c;
}

/** The ranges of the blocks of Chinese characters that BERT's tokenizer separates. */
const CHINESE: readonly (readonly [number, number])[] = [
  [0x4e00, 0x9fff],
  [0x3400, 0x4dbf],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b920, 0x2ceaf],
  [0xf900, 0xfaff],
  [0x2f800, 0x2fa1f],
];

function isChinese(code: number): boolean {
  return CHINESE.some(([from, to]) => code >= from && code <= to);
}

/** SentencePiece's `nmt` rules: some control characters are removed, others are spaces. */
function nmt(c: string): string {
  if (/[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]/.test(c)) return '';
  return /[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/.test(c) ? ' ' : c;
}

/** GPT-2's `bytes_to_unicode`: printable bytes map to themselves, all others to characters from 256. */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

function byteCharacters(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(printable ? byte : next++);
  });
}

const encoder = new TextEncoder();

/** Replaces each byte of a text by its character. */
export function byteLevel(source: AlignedText): AlignedText {
  const { text } = source;
  if (/^[!-~]*$/.test(text)) return source;
  if (/^[\0-\x7f]*$/.test(text)) {
    let mapped = '';
    for (let i = 0; i < text.length; i++) mapped += BYTE_CHARACTERS[text.charCodeAt(i)];
    return { ...source, text: mapped };
  }
  const builder = new AlignedBuilder(source);
  let i = 0;
  for (const character of text) {
    const begin = builder.startOf(i);
    i += character.length;
    const end = builder.startOf(i);
    if (utf8Width(character.codePointAt(0)!) === 1) {
      builder.push(BYTE_CHARACTERS[character.charCodeAt(0)], begin, end);
      continue;
    }
    const bytes = encoder.encode(character);
    for (const [k, byte] of bytes.entries())
      builder.push(BYTE_CHARACTERS[byte], begin, k === bytes.length - 1 ? end : Math.min(end, begin + k + 1));
  }
  return builder.finish();
}
