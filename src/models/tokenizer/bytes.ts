import { LabError } from '../../base/errors';
import { shown } from '../../base/shown';
import { addedTokens, objectField, hasType, type TokenizerJson } from './json';

/** Counts the UTF-8 bytes that tokens stand for. */
export interface ByteCounter {
  /** Returns the bytes of each token. @param prefix, suffix the number of ids that the post-processor added at either end */
  count(ids: readonly number[], prefix: number, suffix: number): Uint32Array;
}

const encoder = new TextEncoder();
const utf8Length = (text: string) => encoder.encode(text).byteLength;

/**
 * Returns the byte counter of a tokenizer.
 *
 * - Byte-level: a token has one character per byte (GPT-2's `bytes_to_unicode`).
 * - SentencePiece: `▁` is a space, `<0xNN>` a byte, and all else itself. The space that is prepended to each section is
 * not counted.
 */
export function byteCounter(json: TokenizerJson): ByteCounter {
  const length = lengthRule(json);
  const added = new Map(addedTokens(json).map(({ id, content }) => [id, utf8Length(content)]));
  const vocabulary = vocabularyOf(json);
  // A text has far more tokens than the vocabulary, so the length of each is computed once.
  const lengths = new Map(added);
  const lengthOf = (id: number): number => {
    let bytes = lengths.get(id);
    if (bytes === undefined) lengths.set(id, (bytes = length(vocabulary.get(id) ?? '')));
    return bytes;
  };
  const prefixed =
    hasType(objectField(json, 'normalizer'), 'Prepend') || prependsSpace(objectField(json, 'pre_tokenizer'));
  return {
    count(ids, prefix, suffix) {
      let sectionStart = true;
      return Uint32Array.from(ids, (id, i) => {
        if (i < prefix || i >= ids.length - suffix) return 0;
        const special = added.has(id);
        const dummy = sectionStart && prefixed && !special ? 1 : 0;
        sectionStart = special;
        return lengthOf(id) - dummy;
      });
    },
  };
}

function lengthRule(json: TokenizerJson): (token: string) => number {
  if (
    hasType(objectField(json, 'pre_tokenizer'), 'ByteLevel') ||
    hasType(objectField(json, 'decoder'), 'ByteLevel')
  )
    return (token) => token.length;
  const type = objectField(json, 'model')?.type;
  if (type === 'BPE' || type === 'Unigram')
    return (token) => (/^<0x[0-9A-F]{2}>$/.test(token) ? 1 : utf8Length(token.replaceAll('▁', ' ')));
  return () => {
    throw new LabError(
      'unsupported',
      `The number of bytes of a token is not known for tokenizers of type ${shown(type)}.`,
      'Choose a model with a byte-level or SentencePiece tokenizer.',
    );
  };
}

function prependsSpace(before: TokenizerJson | undefined): boolean {
  return (
    hasType(before, 'Metaspace') && before?.prepend_scheme !== 'never' && before?.add_prefix_space !== false
  );
}

/** Returns the tokens by id. */
function vocabularyOf(json: TokenizerJson): Map<number, string> {
  const vocab = objectField(json, 'model')?.vocab;
  if (Array.isArray(vocab)) return new Map(vocab.map((entry, id) => [id, tokenOf(entry)]));
  return new Map(Object.entries((vocab ?? {}) as Record<string, number>).map(([token, id]) => [id, token]));
}

/** Returns the token of an entry [token, score] of a unigram model, or '' if there is none. */
function tokenOf(entry: unknown): string {
  const token: unknown = Array.isArray(entry) ? entry[0] : entry;
  return typeof token === 'string' ? token : '';
}
