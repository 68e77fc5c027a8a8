import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { tinyTokenizer } from '../gguf/testing/tinyModel';
import type { TokenizerJson } from './json';
import { loadTokenizer, type Tokenizer } from './tokenizer';

const ENCODER = new TextEncoder();
const LETTERS = ['<s>', '</s>', ...'abcxyz ', '▁'];
const VOCAB = Object.fromEntries(LETTERS.map((token, id) => [token, id]));
const NEXT = LETTERS.length;

/** Opens a tokenizer of single letters with settings. */
function open(settings: TokenizerJson, part: TokenizerJson = {}): Promise<Tokenizer> {
  const files = tinyTokenizer(40, (json) => ({
    ...json,
    added_tokens: [],
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    model: { type: 'BPE', vocab: VOCAB, merges: [], unk_token: null },
    ...part,
  }));
  return loadTokenizer(files.set('tokenizer_config.json', ENCODER.encode(JSON.stringify(settings))));
}

const encode = async (text: string, settings: TokenizerJson, part?: TokenizerJson) =>
  Array.from(await (await open(settings, part)).encode(text));
const roles = { bos_token: '<s>', eos_token: '</s>' };
const template = {
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
  pair: [],
  special_tokens: { '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] } },
};

/** Expected ids follow `TokenizersBackend.__init__` and `update_post_processor` of transformers 5. */
describe('add_bos_token and add_eos_token', () => {
  test.each<[string, TokenizerJson, TokenizerJson, number[]]>([
    ['both', { ...roles, add_bos_token: true, add_eos_token: true }, {}, [0, 2, 1]],
    ['the first', { ...roles, add_bos_token: true }, {}, [0, 2]],
    ['the last', { ...roles, add_eos_token: true }, {}, [2, 1]],
    [
      'none, against the post-processor',
      { ...roles, add_bos_token: false },
      { post_processor: template },
      [2],
    ],
    [
      'the last alone, against the post-processor',
      { ...roles, add_eos_token: true },
      { post_processor: template },
      [2, 1],
    ],
    ['those of the post-processor', roles, { post_processor: template }, [0, 2]],
    ['an AddedToken', { bos_token: { content: '<s>', lstrip: false }, add_bos_token: true }, {}, [0, 2]],
    ['the token of the class', { tokenizer_class: 'LlamaTokenizerFast', add_bos_token: true }, {}, [0, 2]],
  ])('%s', async (_, settings, part, ids) => expect(await encode('a', settings, part)).toEqual(ids));

  test.each<[TokenizerJson, RegExp]>([
    [{ add_bos_token: true }, /sets add_bos_token, but does not define bos_token/],
    [{ ...roles, tokenizer_class: 'LlamaTokenizer', add_eos_token: true }, /not add_bos_token/],
  ])('%j is refused', (settings, message) => expect(open(settings)).rejects.toThrow(message));
});

describe('added tokens', () => {
  const token = (content: string, flags: TokenizerJson = {}) => ({
    ...{ content, lstrip: false, rstrip: false, single_word: false, normalized: false, special: true },
    ...flags,
  });

  test('of added_tokens_decoder get their ids', async () => {
    const settings = { added_tokens_decoder: { [NEXT + 1]: token('<y>'), [NEXT]: token('<x>') } };
    expect(await encode('a<x>b<y>', settings)).toEqual([2, NEXT, 3, NEXT + 1]);
  });

  test('of roles are matched as a whole', async () => {
    // Without a role it is its letters, for which there are no tokens.
    expect(await encode('a<s>b', {})).toEqual([2, 3]);
    expect(await encode('a<s>b', { bos_token: '<s>' })).toEqual([2, 0, 3]);
    expect(await encode('a<z>b', { extra_special_tokens: ['<z>'] })).toEqual([2, NEXT, 3]);
    expect(await encode('a<z>b', { additional_special_tokens: ['<z>'] })).toEqual([2, NEXT, 3]);
    expect(await encode('a<z>b', { extra_special_tokens: { image: '<z>' } })).toEqual([2, NEXT, 3]);
  });

  test('have the flags of the settings, which come after those of tokenizer.json', async () => {
    const added = [{ id: NEXT, ...token('<x>') }];
    const settings = { added_tokens_decoder: { [NEXT]: token('<x>', { lstrip: true }) } };
    expect(await encode('a <x>', {}, { added_tokens: added })).toEqual([2, VOCAB[' '], NEXT]);
    expect(await encode('a <x>', settings, { added_tokens: added })).toEqual([2, NEXT]);
  });

  test('are left out of decoded texts if they are special', async () => {
    const settings = {
      added_tokens_decoder: { [NEXT]: token('<x>'), [NEXT + 1]: token('<y>', { special: false }) },
    };
    const tokenizer = await open(settings, { decoder: { type: 'Fuse' } });
    expect(tokenizer.decode([2, NEXT, NEXT + 1])).toBe('a<y>');
  });

  test.each<[TokenizerJson, RegExp]>([
    [{ added_tokens_decoder: { [NEXT + 5]: token('<x>') } }, /the id 15, where the Rust library gives it 10/],
    [{ added_tokens_decoder: { x: token('<x>') } }, /an id that is no number/],
    [{ added_tokens_decoder: { 5: 7 } }, /does not define the token 5/],
    [{ bos_token: 7 }, /does not define bos_token/],
    [{ split_special_tokens: true }, /split_special_tokens/],
  ])('%j is refused', async (settings, message) => {
    const failure = open(settings);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toBeInstanceOf(LabError);
  });
});

describe('settings that tokenizer.json has, too', () => {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const vocab = { ...VOCAB, Ġ: NEXT };
  const part = { pre_tokenizer: byteLevel, model: { type: 'BPE', vocab, merges: [], unk_token: null } };

  test('GPT-2’s classes take add_prefix_space from the settings', async () => {
    const settings = { tokenizer_class: 'GPT2Tokenizer', add_prefix_space: true };
    expect(await encode('a', settings, part)).toEqual([NEXT, 2]);
    expect(await encode('a', { ...settings, add_prefix_space: false }, part)).toEqual([2]);
  });

  test('a contradiction is refused', async () => {
    await expect(open({ add_prefix_space: true }, part)).rejects.toThrow(
      /add_prefix_space to true, which contradicts/,
    );
    const bert = {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    };
    await expect(open({ do_lower_case: false }, { normalizer: bert })).rejects.toThrow(
      /do_lower_case to false/,
    );
    await expect(open({ do_lower_case: true }, { normalizer: bert })).resolves.toBeDefined();
  });
});
