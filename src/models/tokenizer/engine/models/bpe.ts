import { shown } from '../../../../base/shown';
import type { Fields } from '../fields';
import { refusal } from '../refusal';
import { mergeAll, Merges } from './merge';
import type { TokenModel, WordTokens } from './tokenModel';
import { byteTokens, remembered, vocabularyOf } from './vocabulary';

/** Words of fewer code units are not cut. */
const LONG_WORD = 64;
const BYTE_TOKEN = /^<0x[0-9A-F]{2}>$/;

/** Byte pair encoding (Sennrich et al. 2016), with the options of the Rust library. */
export function bpe(fields: Fields): TokenModel {
  const vocabulary = vocabularyOf(fields);
  const options: Options = {
    unknown: fields.any('unk_token') === undefined ? undefined : fields.string('unk_token'),
    prefix: fields.string('continuing_subword_prefix', ''),
    suffix: fields.string('end_of_word_suffix', ''),
    fusesUnknown: fields.boolean('fuse_unk', false),
    byteFallback: fields.boolean('byte_fallback', false),
    ignoresMerges: fields.boolean('ignore_merges', false),
  };
  const dropout = fields.any('dropout');
  if (dropout !== undefined && dropout !== 0)
    throw fields.refused('has a dropout, which makes its tokens random');
  const pairs = mergePairs(fields);
  const merges = mergesOf(pairs, vocabulary, options, fields);
  const encode = remembered((word) => encodeWord(word, vocabulary, merges, options));
  const whole = options.prefix !== '' || options.suffix !== '' || options.ignoresMerges;
  if (whole) return { vocabulary, size: vocabulary.size, encode };
  let joins: Joins | undefined;
  return {
    vocabulary,
    size: vocabulary.size,
    encode,
    cuts: (word) =>
      word.length < LONG_WORD ? [] : cutsOf(word, (joins ??= joinsOf(pairs)), vocabulary, options),
  };
}

interface Options {
  unknown: string | undefined;
  prefix: string;
  suffix: string;
  fusesUnknown: boolean;
  byteFallback: boolean;
  ignoresMerges: boolean;
}

/** Returns the merges, which are spelled "a b" or ["a", "b"]. */
function mergePairs(fields: Fields): readonly (readonly [string, string])[] {
  const list = fields.any('merges') ?? [];
  if (!Array.isArray(list)) throw fields.refused('has merges that are not a list');
  return (list as unknown[])
    .filter((merge) => typeof merge !== 'string' || !merge.startsWith('#version'))
    .map((merge) => {
      const parts: unknown[] =
        typeof merge === 'string' ? merge.split(' ') : Array.isArray(merge) ? merge : [];
      if (parts.length === 2 && parts.every((part) => typeof part === 'string'))
        return parts as [string, string];
      throw fields.refused(`has the merge ${shown(merge)}, which does not have two parts`);
    });
}

function mergesOf(
  pairs: readonly (readonly [string, string])[],
  vocabulary: ReadonlyMap<string, number>,
  { prefix }: Options,
  fields: Fields,
): Merges {
  const merges = new Merges();
  const idOf = (token: string) => {
    const id = vocabulary.get(token);
    if (id !== undefined) return id;
    throw fields.refused(`has a merge with the token ${shown(token)}, which its vocabulary lacks`);
  };
  for (const [rank, [left, right]] of pairs.entries())
    merges.set(idOf(left), idOf(right), { rank, id: idOf(left + right.slice(prefix.length)) });
  return merges;
}

function encodeWord(
  word: string,
  vocabulary: ReadonlyMap<string, number>,
  merges: Merges,
  options: Options,
): WordTokens {
  const whole = options.ignoresMerges ? vocabulary.get(word) : undefined;
  if (whole !== undefined) return { ids: [whole], ends: [word.length] };
  const { ids, ends } = symbolsOf(word, vocabulary, options);
  return ids.length < 2 ? { ids, ends } : mergeAll(merges, ids, ends);
}

/** Returns the symbols of a word before merging, one for each character that the vocabulary has. */
function symbolsOf(
  word: string,
  vocabulary: ReadonlyMap<string, number>,
  options: Options,
): { ids: number[]; ends: number[] } {
  const ids: number[] = [];
  const ends: number[] = [];
  let unknown: { id: number; end: number } | undefined;
  const add = (id: number, end: number) => void (ids.push(id), ends.push(end));
  const flush = () => {
    if (unknown) add(unknown.id, unknown.end);
    unknown = undefined;
  };
  let end = 0;
  for (const character of word) {
    const isFirst = end === 0;
    end += character.length;
    const token = `${isFirst ? '' : options.prefix}${character}${end === word.length ? options.suffix : ''}`;
    const id = vocabulary.get(token);
    if (id !== undefined) {
      flush();
      add(id, end);
      continue;
    }
    const bytes = options.byteFallback ? byteTokens(vocabulary, token) : undefined;
    if (bytes) {
      // A waiting unknown token stays behind these, as in the Rust library.
      for (const byte of bytes) add(byte, end);
      continue;
    }
    // Without an unknown token the Rust library leaves the character out.
    if (options.unknown === undefined) continue;
    if (!options.fusesUnknown) flush();
    unknown = { id: unknownId(vocabulary, options.unknown), end };
  }
  flush();
  return { ids, ends };
}

function unknownId(vocabulary: ReadonlyMap<string, number>, token: string): number {
  const id = vocabulary.get(token);
  if (id !== undefined) return id;
  throw refusal(`its unknown token ${shown(token)} is not in the vocabulary`);
}

/** The pairs of characters at which merges join, by both code points, and whether byte tokens are merged. */
interface Joins {
  characters: ReadonlySet<number>;
  bytes: boolean;
}

const pairKey = (left: number, right: number) => left * 0x200000 + right;

function joinsOf(pairs: readonly (readonly [string, string])[]): Joins {
  const characters = new Set<number>();
  let bytes = false;
  for (const [left, right] of pairs) {
    bytes ||= BYTE_TOKEN.test(left) || BYTE_TOKEN.test(right);
    characters.add(pairKey(lastCode(left), right.codePointAt(0) ?? 0));
  }
  return { characters, bytes };
}

function lastCode(text: string): number {
  const low = text.charCodeAt(text.length - 1);
  const isLow = low >= 0xdc00 && low < 0xe000;
  return text.codePointAt(text.length - (isLow && text.length > 1 ? 2 : 1)) ?? 0;
}

/**
 * Yields the places between two characters that no merge joins. What is on either side of such a place is encoded as if it
 * stood alone, unless an unknown token could cover both.
 */
function* cutsOf(
  word: string,
  joins: Joins,
  vocabulary: ReadonlyMap<string, number>,
  options: Options,
): Generator<number> {
  if (joins.bytes) return;
  const known = remembered((character) => vocabulary.has(character));
  const cutsUnknown = !options.fusesUnknown && !options.byteFallback;
  let before = -1;
  let beforeKnown = false;
  let at = 0;
  for (const character of word) {
    const code = character.codePointAt(0)!;
    const isKnown = known(character);
    if (
      before >= 0 &&
      (cutsUnknown || (beforeKnown && isKnown)) &&
      !joins.characters.has(pairKey(before, code))
    )
      yield at;
    [before, beforeKnown] = [code, isKnown];
    at += character.length;
  }
}
