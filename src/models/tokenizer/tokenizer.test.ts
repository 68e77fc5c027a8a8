import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cancelled } from '../../base/errors';
import { fixture } from '../../testing/fixtures';
import { assets, SLOW_MS, story, testLikeTransformers, total, wiki, type Pinned } from '../testing/tokenizer';
import { loadTokenizer, type Tokenizer } from './tokenizer';

/** Writes GPT-2's published vocabulary and merges as tokenizer.json. */
function writeGpt2(folder: string): void {
  const read = (name: string) => readFileSync(fixture(`tokenizers/gpt2/${name}`), 'utf8');
  const merges = read('vocab.bpe').split('\n').slice(1).filter(Boolean);
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const json = {
    version: '1.0',
    added_tokens: [
      {
        id: 50256,
        content: '<|endoftext|>',
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: true,
        special: true,
      },
    ],
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: { ...byteLevel, trim_offsets: false },
    decoder: byteLevel,
    model: { type: 'BPE', vocab: JSON.parse(read('vocab.json')) as object, merges, unk_token: null },
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json));
  writeFileSync(join(folder, 'tokenizer_config.json'), '{"tokenizer_class":"GPT2Tokenizer"}');
}

/** Encodes a word as published (Sennrich et al. 2016): it merges the best-ranked, leftmost pair until there is none. */
function slowBpe(word: string, ranks: ReadonlyMap<string, number>): string[] {
  const parts = [...word];
  for (;;) {
    let best = -1;
    for (let i = 0; i + 1 < parts.length; i++) {
      const rank = ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
      if (rank < (best < 0 ? Infinity : ranks.get(`${parts[best]} ${parts[best + 1]}`)!)) best = i;
    }
    if (best < 0) return parts;
    parts.splice(best, 2, parts[best] + parts[best + 1]);
  }
}

interface BpeJson {
  model: { vocab: Record<string, number>; merges: ([string, string] | string)[] };
}

function reference(folder: string): { vocab: Record<string, number>; bpe: (word: string) => string[] } {
  const { model } = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as BpeJson;
  const ranks = new Map(model.merges.map((m, i) => [Array.isArray(m) ? m.join(' ') : m, i]));
  return { vocab: model.vocab, bpe: (word) => slowBpe(word, ranks) };
}

const temporary = mkdtempSync(join(tmpdir(), 'bitcurve-tokenizer-'));
const gpt2Folder = join(temporary, 'gpt2');
beforeAll(() => writeGpt2(gpt2Folder));
afterAll(() => rmSync(temporary, { recursive: true }));

const PINNED: Pinned[] = [
  {
    name: 'stories260K',
    folder: 'public/models/stories260K',
    vocabulary: 512,
    story: { tokens: 286_657, sha256: 'acd48218c486760c8e8da30a13fe9bb2a2d4abffc0e3cfe58b12f2e7cb9cb300' },
    wiki: { tokens: 809_290, sha256: 'e3b0f3d9d4d49b198ec9e37ca3343d74cb537d14bbff6a8573297aef0830afa3' },
  },
  {
    name: 'gpt2-tinystories',
    folder: 'public/models/gpt2-tinystories',
    vocabulary: 2048,
    story: { tokens: 158_921, sha256: '4e5d0a0f24e24ba082674f2ed6e93f53fa5541344b8f9caa6ca3d92c49403f06' },
    wiki: { tokens: 569_423, sha256: 'a0699d906e8cbad9798345b9bc167a80cfc535d55d9792b9e6b73ff373839163' },
  },
  {
    name: 'GPT-2',
    folder: gpt2Folder,
    vocabulary: 50257,
    story: { tokens: 140_186, sha256: 'd9faabf76596cbfe163f6db38dbf8649e5af390eca65ba94a2de080ab5efc189' },
    wiki: { tokens: 286_221, sha256: '91b9603eafb80ba78f417de40b17c20cf87f84ea64dd5ee5ea9e2e49cb748188' },
  },
];

describe.each(PINNED)('the tokenizer of $name', testLikeTransformers);

/** transformers uses the same tokenizer library, but these loops do not. */
describe('byte pair encoding agrees with the published algorithm', () => {
  it('for stories260K', async () => {
    const { vocab, bpe } = reference('public/models/stories260K');
    const tokenizer = await loadTokenizer(assets('public/models/stories260K'));
    for (const line of story
      .split('\n')
      .filter((l) => l.length > 80)
      .slice(0, 60)) {
      const tokens = bpe(`▁${line.replaceAll(' ', '▁')}`);
      const expected = tokens.flatMap(
        (t) => vocab[t] ?? Array.from(Buffer.from(t), (b) => b + vocab['<0x00>']),
      );
      expect(Array.from(await tokenizer.encode(line))).toEqual([1, ...expected]);
    }
  });

  it('for GPT-2 on words of letters', async () => {
    const { vocab, bpe } = reference(gpt2Folder);
    const tokenizer = await loadTokenizer(assets(gpt2Folder));
    const words = wiki.match(/ [A-Za-z]+/g)!.filter((_, i) => i % 97 === 0);
    const expected = words.flatMap((word) => bpe(word.replace(' ', 'Ġ')).map((t) => vocab[t]));
    expect(Array.from(await tokenizer.encode(words.join('')))).toEqual(expected);
    expect(words.length).toBeGreaterThan(1500);
  });

  it(
    'gives as many tokens of WikiText-2 as the Hugging Face guide reports',
    async () => {
      const { joinedRows } = await import('../../data/wikitext');
      const tokenizer = await loadTokenizer(assets(gpt2Folder));
      expect((await tokenizer.encode(joinedRows(wiki))).length).toBe(287_644);
    },
    SLOW_MS,
  );
});

describe('Tokenizer', () => {
  let tokenizer: Tokenizer;
  beforeAll(async () => {
    tokenizer = await loadTokenizer(assets('public/models/stories260K'));
  });

  it('adds special tokens once, and counts no bytes for them or for the prepended space', async () => {
    const { ids, bytes } = await tokenizer.encodeMeasured('Once upon');
    expect(Array.from(ids)).toEqual([1, 403, 407]);
    expect(Array.from(bytes!)).toEqual([0, 4, 5]);
    expect(tokenizer.decode(ids)).toBe('Once upon');
    expect(Array.from(await tokenizer.encode(''))).toEqual([1]);
    expect(tokenizer.decode([])).toBe('');
  });

  it('counts the bytes of byte tokens and of special tokens inside the text', async () => {
    const text = '日 <s> b';
    const { bytes } = await tokenizer.encodeMeasured(text);
    expect(total(bytes!)).toBe(Buffer.byteLength(text));
  });

  it('can be cancelled in the middle of a text', async () => {
    const stop = new AbortController();
    const encoding = tokenizer.encode(wiki.repeat(3), { signal: stop.signal });
    setTimeout(() => stop.abort());
    const started = performance.now();
    await expect(encoding).rejects.toBeInstanceOf(Cancelled);
    // Encoding the whole text takes several times as long; the guaranteed response time of Stop is 500 ms.
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('caches ids separately for each tokenizer_config.json', async () => {
    const keys: string[] = [];
    const cache = { get: async (key: string) => void keys.push(key), set: async () => undefined };
    const files = assets('public/models/stories260K');
    await (await loadTokenizer(files)).encode('Once', { cache });
    files.set('tokenizer_config.json', new TextEncoder().encode('{"add_bos_token":false}'));
    await (await loadTokenizer(files)).encode('Once', { cache });
    expect(new Set(keys).size).toBe(2);
  });

  it('reads the cache first and accepts only tokens of its vocabulary and of the text', async () => {
    const stored = new Map<string, Uint32Array>();
    const cache = {
      get: async (key: string) => stored.get(key),
      set: async (key: string, ids: Uint32Array) => void stored.set(key, ids),
    };
    const ids = await tokenizer.encode('Once', { cache });
    const [key] = [...stored.keys()];
    // The number of tokens, their ids, their bytes.
    expect(Array.from(stored.get(key)!)).toEqual([2, 1, 403, 0, 4]);
    stored.set(key, Uint32Array.of(2, 7, 8, 1, 3));
    expect(await tokenizer.encodeMeasured('Once', { cache })).toEqual({
      ids: Uint32Array.of(7, 8),
      bytes: Uint32Array.of(1, 3),
    });
    for (const invalid of [[], [1, 512, 4], [2, 1, 403, 0, 5], [3, 1, 403, 0, 4], [1, 2]]) {
      stored.set(key, Uint32Array.from(invalid));
      expect(await tokenizer.encode('Once', { cache })).toEqual(ids);
    }
    await tokenizer.encode('Twice', { cache });
    expect(stored.size).toBe(2);
  });

  it('refuses models without a tokenizer, and damaged ones', async () => {
    const open = (text: string) =>
      loadTokenizer(new Map([['tokenizer.json', new TextEncoder().encode(text)]]));
    await expect(loadTokenizer(new Map())).rejects.toMatchObject({ code: 'bad-file' });
    await expect(open('[1]')).rejects.toMatchObject({ code: 'bad-file' });
    for (const json of [
      '{}',
      '{"model":{}}',
      '{"model":{"type":"BPE","vocab":3},"decoder":null,"post_processor":null,"pre_tokenizer":null,"normalizer":null}',
    ])
      await expect(open(json)).rejects.toMatchObject({ code: 'unsupported' });
  });
});
