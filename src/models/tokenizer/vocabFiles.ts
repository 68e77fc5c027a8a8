import { LabError } from '../../base/errors';
import { shown } from '../../base/shown';
import { parseJsonObject } from '../load/json';

/** Token → id. */
export type Vocabulary = ReadonlyMap<string, number>;

/** As config.json's own limit: far above any tokenizer. */
const MAX_TOKENS = 1 << 20;
const MAX_MERGES_BYTES = 64 << 20;
export const VOCAB = 'vocab.json';
const MERGES = 'merges.txt';

/**
 * vocab.json: token → id.
 * @throws LabError bad-file
 */
export function parseVocabulary(bytes: Uint8Array): Vocabulary {
  const entries = Object.entries(parseJsonObject(VOCAB, bytes));
  if (entries.length > MAX_TOKENS) throw bad(VOCAB, `has ${entries.length} tokens`);
  const ids = new Set<unknown>();
  for (const [token, id] of entries) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= MAX_TOKENS)
      throw bad(VOCAB, `gives the token ${shown(token)} the number ${shown(id)}`);
    if (ids.has(id)) throw bad(VOCAB, `gives two tokens the number ${String(id)}`);
    ids.add(id);
  }
  const vocabulary = new Map(entries as [string, number][]);
  const missing = ALPHABET.find((character) => !vocabulary.has(character));
  if (missing !== undefined)
    throw bad(
      VOCAB,
      `lacks ${shown(missing)}: it is no byte-level vocabulary, which has a token for each byte`,
    );
  return vocabulary;
}

/**
 * merges.txt: a line of version, then two parts a line, best first.
 * @throws LabError bad-file naming the line
 */
export function parseMerges(bytes: Uint8Array, vocabulary: Vocabulary): string[] {
  if (bytes.byteLength > MAX_MERGES_BYTES) throw bad(MERGES, `has ${bytes.byteLength} bytes`);
  const merges: string[] = [];
  for (const [i, line] of decode(bytes).split(/\r?\n/).entries()) {
    if (line === '' || (i === 0 && line.startsWith('#version'))) continue;
    const [left, right, ...more] = line.split(' ');
    if (!left || !right || more.length > 0) throw bad(MERGES, `has no two parts in line ${i + 1}`);
    const unknown = [left, right, left + right].find((token) => !vocabulary.has(token));
    if (unknown !== undefined)
      throw bad(MERGES, `uses ${shown(unknown)} in line ${i + 1}, which ${VOCAB} does not have`);
    merges.push(line);
  }
  return merges;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw bad(MERGES, 'is not UTF-8 text', error);
  }
}

/** GPT-2's `bytes_to_unicode`: printable bytes stand for themselves, the others for the characters from 256 on. */
const ALPHABET = byteAlphabet();

function byteAlphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    return String.fromCharCode(printable ? byte : next++);
  });
}

export function bad(name: string, why: string, cause?: unknown): LabError {
  return new LabError('bad-file', `${name} ${why}.`, 'Download or export the model again.', cause);
}
