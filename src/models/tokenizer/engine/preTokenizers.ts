import type { TokenizerJson } from '../json';
import { prepended, replaceCharacter, sliceAligned, type AlignedText } from './alignedText';
import { Fields } from './fields';
import { byteLevel, patternOf } from './normalizers';
import { compilePattern } from './regex/compile';
import { BEHAVIORS, characterFinder, escaped, inverted, patternFinder, splitAligned } from './split';

/** Splits a text into words, which are encoded one by one. */
export type Splitter = (text: AlignedText) => Iterable<AlignedText>;

/**
 * Returns a pre-tokenizer of tokenizer.json as the Rust library has it.
 * @throws LabError unsupported for an unknown type, field or value
 */
export function splitterOf(json: TokenizerJson): Splitter {
  const fields = new Fields(json, 'pre_tokenizer');
  if (!Object.hasOwn(KINDS, fields.type)) throw fields.refused('is not supported');
  const preTokenizer = KINDS[fields.type](fields);
  fields.end();
  return preTokenizer;
}

/** GPT-2's pattern. */
const GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
/** `\w` of Rust's patterns. */
export const RUST_WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
const SPACES = characterFinder(/\p{White_Space}/u);
const PUNCTUATION = characterFinder(/[\p{P}\u0021-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u007e]/u);

const KINDS: Record<string, (fields: Fields) => Splitter> = {
  Sequence(fields) {
    const steps = fields.components('pretokenizers').map(splitterOf);
    return steps.reduce((all, step) => (text) => each(all(text), step), whole);
  },
  ByteLevel(fields) {
    const prefix = fields.boolean('add_prefix_space');
    fields.boolean('trim_offsets');
    const find = fields.boolean('use_regex', true) ? patternFinder(compilePattern(GPT2)) : undefined;
    return function* (text) {
      const from = prefix && !text.text.startsWith(' ') ? prepended(text, ' ') : text;
      if (!find) yield byteLevel(from);
      else for (const word of splitAligned(from, find, 'Isolated')) yield byteLevel(word);
    };
  },
  Metaspace: metaspace,
  Split(fields) {
    const find = patternFinder(patternOf(fields));
    const behavior = fields.choice('behavior', BEHAVIORS);
    const chosen = fields.boolean('invert') ? inverted(find) : find;
    return (text) => splitAligned(text, chosen, behavior);
  },
  Digits(fields) {
    const find = characterFinder(/\p{N}/u);
    const behavior = fields.boolean('individual_digits') ? 'Isolated' : 'Contiguous';
    return (text) => splitAligned(text, find, behavior);
  },
  Punctuation(fields) {
    const behavior = fields.choice('behavior', BEHAVIORS, 'Isolated');
    return (text) => splitAligned(text, PUNCTUATION, behavior);
  },
  BertPreTokenizer: () => (text) =>
    each(splitAligned(text, SPACES, 'Removed'), (word) => splitAligned(word, PUNCTUATION, 'Isolated')),
  Whitespace() {
    const find = inverted(
      patternFinder(new RegExp(`[${RUST_WORD}]+|[^${RUST_WORD}\\p{White_Space}]+`, 'gv')),
    );
    return (text) => splitAligned(text, find, 'Removed');
  },
  WhitespaceSplit: () => (text) => splitAligned(text, SPACES, 'Removed'),
  CharDelimiterSplit(fields) {
    const find = patternFinder(new RegExp(escaped(fields.character('delimiter')), 'gv'));
    return (text) => splitAligned(text, find, 'Removed');
  },
  FixedLength(fields) {
    const length = fields.integer('length', 5);
    if (length === 0) throw fields.refused('has length 0');
    return (text) => chunks(text, length);
  },
};

/**
 * Returns Metaspace's `prepend_scheme`. Files from before tokenizers 0.15 have `add_prefix_space` in its place; the Rust library
 * refuses them since 0.20 if it is false.
 */
export function prependScheme(fields: Fields): 'always' | 'first' | 'never' {
  const given = fields.any('prepend_scheme') !== undefined;
  const scheme = fields.choice('prepend_scheme', ['always', 'first', 'never'], 'always');
  if (fields.any('add_prefix_space') !== false || scheme === 'never') return scheme;
  if (given) throw fields.refused(`has add_prefix_space false, but prepend_scheme "${scheme}"`);
  return 'never';
}

function metaspace(fields: Fields): Splitter {
  const replacement = fields.character('replacement');
  const scheme = prependScheme(fields);
  fields.neutral('str_rep');
  const splits = fields.boolean('split', true);
  const find = patternFinder(new RegExp(escaped(replacement), 'gv'));
  return (source) => {
    let text = replaceCharacter(source, ' ', replacement);
    const prepends = scheme === 'always' || (scheme === 'first' && text.start === 0);
    if (prepends && !text.text.startsWith(replacement)) text = prepended(text, replacement);
    return splits ? splitAligned(text, find, 'MergedWithNext') : [text];
  };
}

function whole(text: AlignedText): AlignedText[] {
  return [text];
}

function* each(texts: Iterable<AlignedText>, step: Splitter): Generator<AlignedText> {
  for (const text of texts) for (const word of step(text)) if (word.text !== '') yield word;
}

function* chunks(source: AlignedText, length: number): Generator<AlignedText> {
  let [from, to, count] = [0, 0, 0];
  for (const character of source.text) {
    to += character.length;
    if (++count < length) continue;
    yield sliceAligned(source, from, to);
    [from, count] = [to, 0];
  }
  if (to > from) yield sliceAligned(source, from, to);
}
