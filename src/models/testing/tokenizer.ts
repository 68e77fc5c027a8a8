import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AutoTokenizer, env } from '@huggingface/transformers';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadTokenizer } from '../tokenizer/tokenizer';

/** Time limit of a test that encodes a whole text, in milliseconds. */
export const SLOW_MS = 120_000;
export const story = readFileSync('public/data/tinystories/valid.txt', 'utf8');
export const wiki = readFileSync('public/data/wikitext-2/wiki.test.raw', 'utf8');

/** Returns the tokenizer files of a folder in hub layout. */
export function assets(folder: string): Map<string, Uint8Array> {
  const names = ['tokenizer.json', 'tokenizer_config.json'];
  return new Map(names.map((name) => [name, readFileSync(join(folder, name))]));
}

/** Returns the reference: transformers with the same files, which encodes the whole text at once. */
async function reference(folder: string): Promise<(text: string) => number[]> {
  env.allowRemoteModels = false;
  env.localModelPath = '';
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  return (text) => tokenizer.encode(text);
}

function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const length = Math.max(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

export const total = (counts: Uint32Array) => counts.reduce((a, b) => a + b, 0);

/**
 * The number of tokens into which AutoTokenizer of @huggingface/transformers 4.3.1 encodes the whole text, and the SHA-256 of
 * their ids (uint32, little-endian). They are pinned because encoding takes up to 20 seconds.
 */
interface PinnedIds {
  tokens: number;
  sha256: string;
}

/** A tokenizer with its expected ids of TinyStories (`story`) and WikiText-2 (`wiki`). */
export interface Pinned {
  name: string;
  folder: string;
  vocabulary: number;
  story: PinnedIds;
  wiki: PinnedIds;
}

/** Number of characters that are compared with transformers in every run. */
const LIVE_CHARACTERS = 40_000;

/**
 * Spaces, line ends, other scripts and special tokens, about which tokenizers disagree. U+FEFF and U+0085 are missing: the
 * reference takes them for a space or not as JavaScript does, unlike the Rust library (fixtures/cases).
 */
const SPECIAL_CASES = [
  ...['a', "don't", ' ', '  ', '\n', '\t', 'é', '日本', '🙂', '▁', '.', '<s>'],
  ...['<|endoftext|>', '</s>', '\u0301', '12', '\u00a0'],
];

/** Declares tests that the tokenizer of a folder gives the ids of transformers and restores the text. */
export function testLikeTransformers({ folder, vocabulary, ...pinned }: Omit<Pinned, 'name'>): void {
  it.each([
    { title: 'TinyStories', text: story, expected: pinned.story },
    { title: 'WikiText-2', text: wiki, expected: pinned.wiki },
  ])(
    'gives the ids of transformers for the whole of $title',
    async ({ text, expected }) => {
      const tokenizer = await loadTokenizer(assets(folder));
      const { ids, bytes } = await tokenizer.encodeMeasured(text);
      expect(ids.length).toBe(expected.tokens);
      expect(createHash('sha256').update(new Uint8Array(ids.buffer)).digest('hex')).toBe(expected.sha256);
      expect(tokenizer.vocabularySize).toBe(vocabulary);
      expect(total(bytes!)).toBe(Buffer.byteLength(text));
      expect(tokenizer.decode(ids) === text).toBe(true);
    },
    SLOW_MS,
  );

  it(
    'gives the ids of transformers for a part of both, side by side',
    async () => {
      const tokenizer = await loadTokenizer(assets(folder));
      const expected = await reference(folder);
      for (const whole of [story, wiki]) {
        const text = whole.slice(-LIVE_CHARACTERS);
        expect(firstDifference(await tokenizer.encode(text), expected(text))).toBe(-1);
      }
    },
    SLOW_MS,
  );

  it(
    'gives the ids of transformers for spaces, newlines, other scripts and special tokens',
    async () => {
      const tokenizer = await loadTokenizer(assets(folder));
      const expected = await reference(folder);
      const words = fc.constantFrom(...SPECIAL_CASES);
      await fc.assert(
        fc.asyncProperty(fc.array(words, { maxLength: 30 }), async (parts) => {
          const text = parts.join('');
          expect(Array.from(await tokenizer.encode(text))).toEqual(expected(text));
        }),
        { numRuns: 300 },
      );
    },
    SLOW_MS,
  );
}
