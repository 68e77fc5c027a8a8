import { Tokenizer as Engine } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenizerJson } from './json';
import { PieceEncoder } from './pieces';

const LETTERS = ['a', 'b', 'c', '▁', '.', '\n', ' ', 'Ġ', 'Ċ', '🙂'];

/** Returns a tokenizer whose vocabulary consists of the letters and the results of the merges. */
function tokenizer(merges: [string, string][], more: TokenizerJson = {}): TokenizerJson {
  const tokens = ['<unk>', ...LETTERS, ...merges.map((m) => m.join(''))];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return {
    added_tokens: [{ id: 0, content: '<unk>', special: true, normalized: false }],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', vocab, merges, unk_token: '<unk>' },
    ...more,
  };
}

const space = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
const prepend = { type: 'Prepend', prepend: '▁' };
const llama = { normalizer: { type: 'Sequence', normalizers: [prepend, space] } };
const byteLevel = { pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, use_regex: true } };
const words: [string, string][] = [
  ['▁', 'a'],
  ['▁a', 'b'],
  ['a', 'b'],
];

/** Tokenizers with the number of pieces of "ab ab ab", which is 1 if a cut could change the ids. */
const cases: { title: string; json: TokenizerJson; pieces: number }[] = [
  { title: 'Llama’s layout', json: tokenizer(words, llama), pieces: 3 },
  { title: 'a merge across the space', json: tokenizer([...words, ['b', '▁']], llama), pieces: 1 },
  { title: 'a longer merge across the space', json: tokenizer([...words, ['ab', '▁ab']], llama), pieces: 1 },
  { title: 'replacement without prefix', json: tokenizer(words, { normalizer: space }), pieces: 3 },
  { title: 'no normalizer', json: tokenizer(words), pieces: 1 },
  {
    title: 'a normalizer with context',
    json: tokenizer(words, { normalizer: { type: 'Strip', strip_left: true, strip_right: true } }),
    pieces: 1,
  },
  {
    title: 'spaces replaced by two characters',
    json: tokenizer(words, { normalizer: { ...space, content: '▁▁' } }),
    pieces: 1,
  },
  {
    title: 'GPT-2’s pattern',
    json: tokenizer(
      [
        ['Ġ', 'a'],
        ['a', 'b'],
      ],
      byteLevel,
    ),
    pieces: 1,
  },
  { title: 'another pattern', json: tokenizer(words, { pre_tokenizer: { type: 'Whitespace' } }), pieces: 1 },
  {
    title: 'an added token that strips',
    json: tokenizer(words, {
      ...llama,
      added_tokens: [{ id: 0, content: 'c', special: true, lstrip: true, rstrip: true }],
    }),
    pieces: 3,
  },
  {
    title: 'added tokens with spaces, one inside another',
    json: tokenizer(words, {
      ...llama,
      added_tokens: [
        { id: 1, content: 'b c', special: true },
        { id: 2, content: 'b c a', special: true },
      ],
    }),
    pieces: 3,
  },
];

const texts = fc.array(
  fc.constantFrom('a', 'b', 'c', ' ', '  ', ' a', 'ab', 'b c', '.', '\n', '▁', '🙂', '<unk>', 'ab ab '),
  { maxLength: 25 },
);

describe.each(cases)('pieces: $title', ({ json, pieces }) => {
  const engine = new Engine(json, {});
  const cut = new PieceEncoder(json, engine, (altered) => new Engine(altered, {}));

  it('give the ids of the whole text', () => {
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('');
        expect([...cut.encode(text)].flat()).toEqual(engine.encode(text).ids);
      }),
      { numRuns: 300 },
    );
  });

  it('are cut only where it is safe', () => {
    expect([...cut.encode('ab ab ab')].length).toBe(pieces);
  });
});

describe('pieces of a long text', () => {
  it('have about 4,100 characters with GPT-2’s pattern', () => {
    const json = tokenizer([['a', 'b']], byteLevel);
    const engine = new Engine(json, {});
    const cut = new PieceEncoder(json, engine, (altered) => new Engine(altered, {}));
    const text = 'ab ab. '.repeat(3000);
    const all = [...cut.encode(text)];
    expect(all.length).toBe(Math.ceil(text.length / 4101));
    expect(all.flat()).toEqual(engine.encode(text).ids);
  });
});
