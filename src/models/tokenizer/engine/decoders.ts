import type { TokenizerJson } from '../json';
import { Fields } from './fields';
import { BYTE_CHARACTERS, patternOf } from './normalizers';
import { prependScheme } from './preTokenizers';
import { patternFinder } from './split';

/** Changes the tokens of a text into parts whose concatenation is the text. */
export type TokenDecoder = (tokens: string[]) => string[];

/**
 * Returns a decoder of tokenizer.json as the Rust library has it.
 * @throws LabError unsupported for an unknown type, field or value
 */
export function decoderOf(json: TokenizerJson): TokenDecoder {
  const fields = new Fields(json, 'decoder');
  if (!Object.hasOwn(KINDS, fields.type)) throw fields.refused('is not supported');
  const decoder = KINDS[fields.type](fields);
  fields.end();
  return decoder;
}

const KINDS: Record<string, (fields: Fields) => TokenDecoder> = {
  Sequence(fields) {
    const steps = fields.components('decoders').map(decoderOf);
    return (tokens) => steps.reduce((changed, step) => step(changed), tokens);
  },
  ByteLevel(fields) {
    fields.neutral('add_prefix_space', 'trim_offsets', 'use_regex');
    return (tokens) => [
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(tokens.flatMap(bytesOf))),
    ];
  },
  ByteFallback: () => byteFallback,
  Fuse: () => (tokens) => [tokens.join('')],
  Replace(fields) {
    const content = fields.string('content');
    const find = patternFinder(patternOf(fields));
    const changed = (token: string) =>
      Array.from(find(token), ([from, to, matches]) => (matches ? content : token.slice(from, to))).join('');
    return (tokens) => tokens.map(changed);
  },
  Strip(fields) {
    const content = fields.character('content');
    const [start, stop] = [fields.integer('start'), fields.integer('stop')];
    return (tokens) => tokens.map((token) => stripped(token, content, start, stop));
  },
  Metaspace(fields) {
    const replacement = fields.character('replacement');
    const scheme = prependScheme(fields);
    fields.neutral('split', 'str_rep');
    return (tokens) =>
      tokens.map((token, i) => token.replaceAll(replacement, i === 0 && scheme !== 'never' ? '' : ' '));
  },
  WordPiece(fields) {
    const prefix = fields.string('prefix');
    const cleanup = fields.boolean('cleanup');
    return (tokens) =>
      tokens.map((token, i) => {
        const joined = i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
        return cleanup ? cleaned(joined) : joined;
      });
  },
  BPEDecoder(fields) {
    const suffix = fields.string('suffix');
    return (tokens) => tokens.map((token, i) => token.replaceAll(suffix, i === tokens.length - 1 ? '' : ' '));
  },
  CTC(fields) {
    const [pad, delimiter] = [fields.string('pad_token'), fields.string('word_delimiter_token')];
    const cleanup = fields.boolean('cleanup');
    return (tokens) =>
      tokens
        .filter((token, i) => i === 0 || token !== tokens[i - 1])
        .map((token) => token.replaceAll(pad, ''))
        .map((token) => (cleanup ? cleaned(token).replaceAll(delimiter, ' ') : token))
        .filter((token) => token !== '');
  },
};

const encoder = new TextEncoder();
const BYTE_OF = new Map(BYTE_CHARACTERS.map((character, byte) => [character, byte]));

/** Returns the bytes of a byte-level token; a token with other characters stands for itself. */
function bytesOf(token: string): number[] {
  const bytes = Array.from(token, (character) => BYTE_OF.get(character));
  return bytes.every((byte) => byte !== undefined) ? bytes : [...encoder.encode(token)];
}

/** Joins tokens <0xNN> into the characters of their bytes; bytes that are no UTF-8 become replacement marks, one for each. */
function byteFallback(tokens: string[]): string[] {
  const result: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) result.push(...charactersOf(bytes));
    bytes = [];
  };
  for (const token of tokens) {
    const found = /^<0x([0-9A-Fa-f]{2})>$/.exec(token);
    if (found) {
      bytes.push(parseInt(found[1], 16));
    } else {
      flush();
      result.push(token);
    }
  }
  flush();
  return result;
}

function charactersOf(bytes: readonly number[]): string[] {
  try {
    return [new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes))];
  } catch {
    return bytes.map(() => '\uFFFD');
  }
}

function stripped(token: string, content: string, start: number, stop: number): string {
  const characters = [...token];
  let from = 0;
  while (from < start && characters[from] === content) from++;
  let to = characters.length;
  while (characters.length - to < stop && to > from && characters[to - 1] === content) to--;
  return characters.slice(from, to).join('');
}

const CLEANUPS: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [' do not', " don't"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

function cleaned(token: string): string {
  return CLEANUPS.reduce((text, [from, to]) => text.replaceAll(from, to), token);
}
