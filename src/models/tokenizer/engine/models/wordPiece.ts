import { shown } from '../../../../base/shown';
import type { Fields } from '../fields';
import { refusal } from '../refusal';
import type { TokenModel, WordTokens } from './tokenModel';
import { remembered, vocabularyOf } from './vocabulary';

/** WordPiece (Schuster and Nakajima 2012; BERT): the longest token first, and the unknown token for a word that none covers. */
export function wordPiece(fields: Fields): TokenModel {
  const vocabulary = vocabularyOf(fields);
  const unknown = fields.string('unk_token');
  const prefix = fields.string('continuing_subword_prefix');
  const longest = fields.integer('max_input_chars_per_word');
  const encode = (word: string): WordTokens => {
    const found = [...word].length > longest ? undefined : longestFirst(word, vocabulary, prefix);
    return found ?? { ids: [idOf(vocabulary, unknown)], ends: [word.length] };
  };
  return { vocabulary, size: vocabulary.size, encode: remembered(encode) };
}

/** A vocabulary of whole words. */
export function wordLevel(fields: Fields): TokenModel {
  const vocabulary = vocabularyOf(fields);
  const unknown = fields.string('unk_token');
  const encode = (word: string) => ({
    ids: [vocabulary.get(word) ?? idOf(vocabulary, unknown)],
    ends: [word.length],
  });
  return { vocabulary, size: vocabulary.size, encode };
}

function longestFirst(
  word: string,
  vocabulary: ReadonlyMap<string, number>,
  prefix: string,
): WordTokens | undefined {
  const characters = [...word];
  const ids: number[] = [];
  const ends: number[] = [];
  let end = 0;
  for (let from = 0; from < characters.length;) {
    let to = characters.length;
    let id: number | undefined;
    for (; to > from; to--) {
      const text = characters.slice(from, to).join('');
      id = vocabulary.get(from > 0 ? prefix + text : text);
      if (id !== undefined) break;
    }
    if (id === undefined) return undefined;
    end += characters.slice(from, to).join('').length;
    ids.push(id);
    ends.push(end);
    from = to;
  }
  return { ids, ends };
}

function idOf(vocabulary: ReadonlyMap<string, number>, token: string): number {
  const id = vocabulary.get(token);
  if (id !== undefined) return id;
  throw refusal(`its unknown token ${shown(token)} is not in the vocabulary`);
}
