import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { folderFiles } from '../../platform/node/folder';
import { sha256Hex } from '../../base/checksum';
import { LabError } from '../../base/errors';
import { fixture } from '../../testing/fixtures';
import { loadModel } from '../load/load';
import { loadTokenizer, type Tokenizer } from './tokenizer';
import { tokenizerFromVocab } from './vocab';

const bytes = (value: unknown) =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const GPT2 = { model_type: 'gpt2' };

type Files = Record<string, unknown>;
const build = (files: Files, config: Record<string, unknown> = GPT2) =>
  tokenizerFromVocab(config, async (name) => (name in files ? bytes(files[name]) : undefined));

async function open(files: Files, config?: Record<string, unknown>): Promise<Tokenizer> {
  const settings = bytes(files['tokenizer_config.json'] ?? {});
  return loadTokenizer(
    new Map([
      ['tokenizer.json', (await build(files, config))!],
      ['tokenizer_config.json', settings],
    ]),
  );
}

/**
 * Returns GPT-2's `bytes_to_unicode` as in encoder.py: printable bytes map to themselves, all others to characters from
 * 256.
 */
function alphabet(): string[] {
  const range = (from: string, to: string) =>
    Array.from({ length: to.charCodeAt(0) - from.charCodeAt(0) + 1 }, (_, i) => from.charCodeAt(0) + i);
  const printable = [...range('!', '~'), ...range('¡', '¬'), ...range('®', 'ÿ')];
  let next = 256;
  return Array.from({ length: 256 }, (_, b) => String.fromCharCode(printable.includes(b) ? b : next++));
}

/** A vocabulary like OPT's: special tokens, the bytes, then "he", "ll", "hell" and "Ġhell". */
const SMALL = ['<s>', '<pad>', '</s>', '<unk>', ...alphabet(), 'he', 'll', 'hell', 'Ġhell'];
const vocab = Object.fromEntries(SMALL.map((token, id) => [token, id]));
const merges = '#version: 0.2\nh e\nl l\nhe ll\nĠ hell\n';
const small: Files = { 'vocab.json': vocab, 'merges.txt': merges };
const idsOf = (...tokens: string[]) => tokens.map((token) => vocab[token]);

/** The tokenizer_config.json of facebook/opt-125m on the hub, in both spellings. */
const OPT_SETTINGS = [
  {
    ...{ errors: 'replace', unk_token: '</s>', bos_token: '</s>', eos_token: '</s>', pad_token: '<pad>' },
    ...{ add_prefix_space: false, add_bos_token: true, tokenizer_class: 'GPT2Tokenizer' },
  },
  {
    ...{ add_bos_token: true, add_prefix_space: false, tokenizer_class: 'GPT2Tokenizer' },
    ...Object.fromEntries(
      Object.entries({ bos_token: '</s>', eos_token: '</s>', unk_token: '</s>', pad_token: '<pad>' }).map(
        ([role, content]) => [
          role,
          {
            __type: 'AddedToken',
            content,
            lstrip: false,
            normalized: true,
            rstrip: false,
            single_word: false,
          },
        ],
      ),
    ),
  },
];

describe('OPT', () => {
  test.each(OPT_SETTINGS)('begins every text with </s>, id 2', async (settings) => {
    const files = { ...small, 'tokenizer_config.json': settings };
    const tokenizer = await open(files, { model_type: 'opt' });
    const text = idsOf('hell', 'o', 'Ġhell', 'o');
    expect(Array.from(await tokenizer.encode('hello hello'))).toEqual([2, ...text]);
    expect(tokenizer.decode([2, ...text])).toBe('hello hello');
    const { bytes } = await tokenizer.encodeMeasured('hello hello');
    expect(Array.from(bytes!)).toEqual([0, 4, 1, 5, 1]);
    expect(Array.from(await tokenizer.encode('a<pad></s>b'))).toEqual([
      2,
      ...idsOf('a', '<pad>', '</s>', 'b'),
    ]);
  });

  test('is refused without a name of the first token', () =>
    expect(
      build({ ...small, 'tokenizer_config.json': { add_bos_token: true, bos_token: null } }),
    ).rejects.toThrow(/add_bos_token/));
});

/** Files with a token of added_tokens.json and one of `added_tokens_decoder`. */
const added = (pad: number, mine: number): Files => ({
  ...small,
  'added_tokens.json': { '<|pad|>': pad, '<mine>': mine },
  'tokenizer_config.json': { added_tokens_decoder: { [mine]: { content: '<mine>', special: false } } },
});

describe('GPT-2 and similar models', () => {
  test('use <|endoftext|>, after the vocabulary, for tokens that the settings do not name', async () => {
    const tokenizer = await open(small);
    expect(tokenizer.vocabularySize).toBe(SMALL.length + 1);
    expect(Array.from(await tokenizer.encode('hell<|endoftext|>'))).toEqual([...idsOf('hell'), SMALL.length]);
  });

  test('prepend a space if the settings require it', async () => {
    const tokenizer = await open({ ...small, 'tokenizer_config.json': { add_prefix_space: true } });
    expect(Array.from(await tokenizer.encode('hello'))).toEqual(idsOf('Ġhell', 'o'));
  });

  test('keep the ids of tokens added after the vocabulary', async () => {
    const tokenizer = await open(added(SMALL.length, SMALL.length + 1));
    expect(Array.from(await tokenizer.encode('<mine>a<|pad|>'))).toEqual([265, vocab.a, 264]);
  });

  test('are refused if ids are missing before an added token, which libraries number differently', () =>
    expect(open(added(280, 300))).rejects.toThrow(
      /"<\|pad\|>" the id 280, where the Rust library gives it 264/,
    ));

  test.each(['gpt2', 'opt', 'gpt_neo', 'codegen'])('%s', async (model_type) =>
    expect(await build(small, { model_type })).toBeInstanceOf(Uint8Array),
  );

  test.each([
    ['a model of another type', small, { model_type: 'vit' }],
    [
      'a tokenizer of another kind',
      { ...small, 'tokenizer_config.json': { tokenizer_class: 'LlamaTokenizer' } },
      GPT2,
    ],
    ['no vocab.json', { 'merges.txt': merges }, GPT2],
    ['no merges.txt', { 'vocab.json': vocab }, GPT2],
  ] as [string, Files, Record<string, unknown>][])('%s: no tokenizer is made', async (_, files, config) =>
    expect(await build(files, config)).toBeUndefined(),
  );

  test('the same files give the same bytes, so the checksum in records is stable', async () =>
    expect(await build(small)).toEqual(await build(small)));
});

describe('GPT-2’s published vocabulary', () => {
  const files = () => ({
    'vocab.json': readFileSync(fixture('tokenizers/gpt2/vocab.json'), 'utf8'),
    'merges.txt': readFileSync(fixture('tokenizers/gpt2/vocab.bpe'), 'utf8'),
    'tokenizer_config.json': { model_max_length: 1024 },
  });

  test('has 50,257 tokens and the ids of OpenAI’s encoder', async () => {
    const tokenizer = await open(files());
    expect(tokenizer.vocabularySize).toBe(50_257);
    expect(Array.from(await tokenizer.encode('Hello world'))).toEqual([15496, 995]);
    expect(Array.from(await tokenizer.encode('<|endoftext|>'))).toEqual([50256]);
  });

  test('encodes WikiText-2 as transformers does (pinned in tokenizer.test.ts)', async () => {
    const wiki = readFileSync('public/data/wikitext-2/wiki.test.raw', 'utf8');
    const ids = await (await open(files())).encode(wiki);
    expect(ids.length).toBe(286_221);
    expect(await sha256Hex(new Uint8Array(ids.buffer))).toBe(
      '91b9603eafb80ba78f417de40b17c20cf87f84ea64dd5ee5ea9e2e49cb748188',
    );
  });
});

test('a loaded model has the tokenizer among its assets', async () => {
  const folder = folderFiles(fixture('arch/opt'));
  const files: Files = { ...small, 'tokenizer_config.json': OPT_SETTINGS[0] };
  const { assets } = await loadModel({
    ...folder,
    has: async (name) => name in files || folder.has(name),
    read: async (name) => (name in files ? bytes(files[name]) : folder.read(name)),
  });
  expect([...assets.keys()].sort()).toEqual([
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  expect(Array.from(await (await loadTokenizer(assets)).encode('hell'))).toEqual([2, vocab.hell]);
});

describe('invalid files', () => {
  const without = (token: string) => Object.fromEntries(Object.entries(vocab).filter(([t]) => t !== token));
  test.each([
    ['vocab.json', '[]', /vocab\.json is not a JSON object/],
    ['vocab.json', '{', /vocab\.json is not JSON/],
    ['vocab.json', { ...vocab, x: -1 }, /the id -1/],
    ['vocab.json', { ...vocab, x: 1.5 }, /the id 1\.5/],
    ['vocab.json', { ...vocab, x: 2 ** 40 }, /the id 1099511627776/],
    ['vocab.json', { ...vocab, x: '7' }, /the id "7"/],
    ['vocab.json', { ...vocab, new: 2 }, /two tokens the id 2/],
    ['vocab.json', without('Ġ'), /lacks "Ġ"/],
    ['merges.txt', 'h e\nl\n', /line 2 does not have two parts/],
    ['merges.txt', 'h e l\n', /line 1 does not have two parts/],
    ['merges.txt', 'h e\nz z\n', /line 2 uses "zz"/],
    ['tokenizer_config.json', { bos_token: 7 }, /does not define bos_token/],
    ['tokenizer_config.json', { added_tokens_decoder: { x: 'a' } }, /the id null/],
    ['tokenizer_config.json', { added_tokens_decoder: { 5: 'new' } }, /the id 5/],
    ['tokenizer_config.json', { added_tokens_decoder: { 900: '<s>' } }, /the id 900/],
    ['added_tokens.json', { new: 1e9 }, /the id 1000000000/],
    ['added_tokens.json', { one: 900, two: 900 }, /the id 900/],
  ] as [string, unknown, RegExp][])('%s: %j', async (name, content, message) => {
    const failure = build({ ...small, [name]: content });
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(LabError);
  });

  test('any bytes give a tokenizer or a LabError', async () => {
    const names = ['vocab.json', 'merges.txt', 'tokenizer_config.json', 'added_tokens.json'];
    const content = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify(vocab)), fc.constant(merges));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), content, async (name, text) => {
        try {
          await build({ ...small, [name]: text });
        } catch (error) {
          expect(error).toBeInstanceOf(LabError);
        }
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
