import { LabError } from '../../base/errors';
import { shown } from '../../base/shown';
import { parseJsonObject } from '../load/json';

/** Ids by token. */
export type Vocabulary = ReadonlyMap<string, number>;

/** Maximum number of tokens, the same as in config.json and far above any tokenizer. */
const MAX_TOKENS = 1 << 20;
const MAX_MERGES_BYTES = 64 << 20;
/** The name of the vocabulary file. */
export const VOCAB = 'vocab.json';
const MERGES = 'merges.txt';

/**
 * Parses vocab.json, which maps tokens to ids.
 * @throws LabError bad-file if an id is invalid or a byte has no token
 */
export function parseVocabulary(bytes: Uint8Array): Vocabulary {
  const entries = Object.entries(parseJsonObject(VOCAB, bytes));
  if (entries.length > MAX_TOKENS)
    throw bad(VOCAB, `has ${entries.length} tokens; at most ${MAX_TOKENS} can be read`);
  const ids = new Set<unknown>();
  for (const [token, id] of entries) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= MAX_TOKENS)
      throw bad(
        VOCAB,
        `gives the token ${shown(token)} the id ${shown(id)}; ids are integers from 0 to ${MAX_TOKENS - 1}`,
      );
    if (ids.has(id)) throw bad(VOCAB, `gives two tokens the id ${String(id)}`);
    ids.add(id);
  }
  const vocabulary = new Map(entries as [string, number][]);
  const missing = ALPHABET.find((character) => !vocabulary.has(character));
  if (missing !== undefined)
    throw bad(VOCAB, `lacks ${shown(missing)}, but a byte-level vocabulary has a token for each byte`);
  return vocabulary;
}

/**
 * Parses merges.txt, which has a version line, then one merge of two parts per line, best first.
 * @throws LabError bad-file with the number of the invalid line
 */
export function parseMerges(bytes: Uint8Array, vocabulary: Vocabulary): string[] {
  if (bytes.byteLength > MAX_MERGES_BYTES)
    throw bad(MERGES, `has ${bytes.byteLength} bytes; at most ${MAX_MERGES_BYTES} can be read`);
  const merges: string[] = [];
  for (const [i, line] of decode(bytes).split(/\r?\n/).entries()) {
    if (line === '' || (i === 0 && line.startsWith('#version'))) continue;
    const [left, right, ...more] = line.split(' ');
    if (!left || !right || more.length > 0)
      throw bad(MERGES, `is not valid: line ${i + 1} does not have two parts`);
    const unknown = [left, right, left + right].find((token) => !vocabulary.has(token));
    if (unknown !== undefined)
      throw bad(MERGES, `is not valid: line ${i + 1} uses ${shown(unknown)}, which ${VOCAB} lacks`);
    merges.push(line);
  }
  return merges;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw bad(MERGES, 'is not UTF-8', error);
  }
}

/** GPT-2's `bytes_to_unicode`: printable bytes map to themselves, all others to characters from 256. */
const ALPHABET = byteAlphabet();

function byteAlphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(printable ? byte : next++);
  });
}

/** Returns the error about an invalid file; `why` is a predicate. */
export function bad(name: string, why: string, cause?: unknown): LabError {
  return new LabError('bad-file', `${name} ${why}.`, 'Download or export the model again.', cause);
}
