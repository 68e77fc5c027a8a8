import { shown } from '../../../../base/shown';
import type { Fields } from '../fields';
import { refusal } from '../refusal';
import type { TokenModel, WordTokens } from './tokenModel';
import { byteTokens, remembered } from './vocabulary';

/** The score of an unknown character is this much below the lowest of the vocabulary, as in SentencePiece. */
const UNKNOWN_PENALTY = 10;

/** A unigram language model (Kudo 2018): the tokens with the highest sum of scores. */
export function unigram(fields: Fields): TokenModel {
  const entries = entriesOf(fields);
  const unknown = fields.any('unk_id') === undefined ? undefined : fields.integer('unk_id');
  const byteFallback = fields.boolean('byte_fallback', false);
  if (unknown !== undefined && unknown >= entries.length)
    throw fields.refused(`has the unknown token ${unknown}, but ${entries.length} tokens`);
  const vocabulary = new Map(entries.map(([token], id) => [token, id]));
  let lowest = Infinity;
  for (const [, score] of entries) lowest = Math.min(lowest, score);
  const trie = trieOf(vocabulary);
  const scores = Float64Array.from(entries, ([, score]) => score);
  const lattice: Lattice = { trie, scores, unknown, unknownScore: lowest - UNKNOWN_PENALTY };
  const encode = (word: string) =>
    tokensOf(word, bestPath(word, lattice), { vocabulary, unknown, byteFallback });
  return { vocabulary, size: entries.length, encode: remembered(encode) };
}

function entriesOf(fields: Fields): [string, number][] {
  const vocab = fields.any('vocab');
  if (!Array.isArray(vocab) || vocab.length === 0) throw fields.refused('has no vocab');
  return (vocab as unknown[]).map((entry) => {
    const [token, score] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof token === 'string' && typeof score === 'number') return [token, score];
    throw fields.refused(`has the entry ${shown(entry)} in its vocab, which is not a token with a score`);
  });
}

/** A node of a trie over UTF-16 code units. */
interface TrieNode {
  next: Map<number, TrieNode>;
  id: number;
}

function trieOf(vocabulary: ReadonlyMap<string, number>): TrieNode {
  const root: TrieNode = { next: new Map(), id: -1 };
  for (const [token, id] of vocabulary) {
    let node = root;
    for (let i = 0; i < token.length; i++) {
      const code = token.charCodeAt(i);
      let next = node.next.get(code);
      if (!next) node.next.set(code, (next = { next: new Map(), id: -1 }));
      node = next;
    }
    if (node !== root) node.id = id;
  }
  return root;
}

interface Lattice {
  trie: TrieNode;
  scores: Float64Array;
  unknown: number | undefined;
  unknownScore: number;
}

interface Piece {
  from: number;
  to: number;
  id: number;
}

/** Returns the pieces of the best path through a word (Viterbi), in order. Of equal paths the first one found stays. */
function bestPath(word: string, { trie, scores, unknown, unknownScore }: Lattice): Piece[] {
  const best = new Float64Array(word.length + 1);
  const from = new Int32Array(word.length + 1).fill(-1);
  const ids = new Int32Array(word.length + 1);
  const offer = (start: number, end: number, id: number, score: number) => {
    const sum = score + best[start];
    if (from[end] >= 0 && sum <= best[end]) return;
    [best[end], from[end], ids[end]] = [sum, start, id];
  };
  for (let start = 0; start < word.length;) {
    const width = word.codePointAt(start)! > 0xffff ? 2 : 1;
    let hasCharacter = false;
    let node: TrieNode | undefined = trie;
    for (let end = start; end < word.length;) {
      node = node.next.get(word.charCodeAt(end++));
      if (!node) break;
      if (node.id < 0) continue;
      offer(start, end, node.id, scores[node.id]);
      hasCharacter ||= end - start === width;
    }
    if (!hasCharacter) offer(start, start + width, unknown ?? -1, unknownScore);
    start += width;
  }
  const pieces: Piece[] = [];
  for (let end = word.length; end > 0; end = from[end])
    pieces.push({ from: from[end], to: end, id: ids[end] });
  return pieces.reverse();
}

interface Fallback {
  vocabulary: ReadonlyMap<string, number>;
  unknown: number | undefined;
  byteFallback: boolean;
}

/** Returns the tokens of pieces. Unknown neighbours are one piece, which becomes a token, its bytes, or the unknown token. */
function tokensOf(
  word: string,
  pieces: readonly Piece[],
  { vocabulary, unknown, byteFallback }: Fallback,
): WordTokens {
  const ids: number[] = [];
  const ends: number[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const { from, id } = pieces[i];
    if (unknown !== undefined && id === unknown) while (pieces[i + 1]?.id === unknown) i++;
    const { to } = pieces[i];
    const text = word.slice(from, to);
    const known = vocabulary.get(text);
    const tokens =
      known !== undefined ? [known] : (byteFallback && byteTokens(vocabulary, text)) || [unknown];
    for (const token of tokens) {
      if (token === undefined) throw refusal('it has no unknown token, but a text needs one');
      ids.push(token);
      ends.push(to);
    }
  }
  return { ids, ends };
}
