import { describe, expect, it } from 'vitest';
import { LabError } from '../../../base/errors';
import type { GgufValue } from '../../../formats/gguf/types';
import { loadTokenizer } from '../../tokenizer/tokenizer';
import type { TokenizerJson } from '../../tokenizer/json';
import { PRE_TOKENIZERS } from './preTokenizers';
import { tinyTokenizer } from '../testing/tinyModel';
import { readTokenizer, writeTokenizer } from './tokenizer';
import { float32s, MetadataReader, ggufString, strings } from '../values';

const SIZE = 140;
const TEXT = 'abc de  fgh\n ij 12 a<|end|>b cab';

type Entries = ReadonlyMap<string, GgufValue>;

function written(assets: ReadonlyMap<string, Uint8Array>, config: TokenizerJson = {}): Entries {
  return new Map(writeTokenizer(assets, config, SIZE, 'tiny').entries);
}

const read = (entries: Entries) => readTokenizer(new MetadataReader(entries), SIZE);

async function expectSameTokens(assets: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const [before, after] = [await loadTokenizer(assets), await loadTokenizer(read(written(assets)).assets)];
  expect(await after.encode(TEXT)).toEqual(await before.encode(TEXT));
  expect((await before.encode(TEXT)).length).toBeGreaterThan(8);
}

const change = (part: TokenizerJson) => (json: TokenizerJson) => ({ ...json, ...part });
const addToken = (flags: TokenizerJson) => (json: TokenizerJson) => {
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    ...json,
    added_tokens: [...(json.added_tokens as unknown[]), { id: 133, content: '<x>', ...plain, ...flags }],
  };
};
const changeModel = (part: TokenizerJson) => (json: TokenizerJson) => ({
  ...json,
  model: { ...(json.model as TokenizerJson), ...part },
});

describe('byte-level tokenizers', () => {
  it.each(PRE_TOKENIZERS)(
    'with the pre-tokenizer $name are restored',
    async ({ name, json, ignoreMerges }) => {
      const assets = tinyTokenizer(133, (tokenizer) =>
        changeModel({ ignore_merges: ignoreMerges })({ ...tokenizer, pre_tokenizer: json }),
      );
      expect(written(assets).get('tokenizer.ggml.pre')?.value).toBe(name);
      await expectSameTokens(assets);
    },
  );

  it('have unused ids, which are filled as in llama.cpp’s converter and omitted on import', () => {
    const entries = written(tinyTokenizer(133));
    const tokens = entries.get('tokenizer.ggml.tokens')!.value as string[];
    const types = entries.get('tokenizer.ggml.token_type')!.value as Int32Array;
    expect([tokens.length, tokens[139], types[139]]).toEqual([SIZE, '[PAD139]', 5]);
    const json = JSON.parse(new TextDecoder().decode(read(entries).assets.get('tokenizer.json'))) as {
      model: { vocab: TokenizerJson };
    };
    expect(Object.keys(json.model.vocab).length).toBe(133);
  });

  it('keep the tokens added around a text', async () => {
    const piece = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
    const post = {
      type: 'TemplateProcessing',
      single: [piece('<|end|>'), { Sequence: { id: 'A', type_id: 0 } }, piece('<|end|>')],
      pair: [],
      special_tokens: { '<|end|>': { id: '<|end|>', ids: [0], tokens: ['<|end|>'] } },
    };
    const assets = tinyTokenizer(133, change({ post_processor: post }));
    const entries = written(assets);
    expect(entries.get('tokenizer.ggml.add_bos_token')?.value).toBe(true);
    expect(entries.get('tokenizer.ggml.add_eos_token')?.value).toBe(true);
    await expectSameTokens(assets);
  });

  it('keep the ids of config.json and the chat template', () => {
    const assets = new Map(tinyTokenizer(133));
    const settings = { chat_template: '{{ messages }}' };
    assets.set('tokenizer_config.json', new TextEncoder().encode(JSON.stringify(settings)));
    const back = read(written(assets, { bos_token_id: 3, eos_token_id: [0, 4] }));
    expect(back.config).toEqual({ bos_token_id: 3, eos_token_id: 0 });
    const restored = JSON.parse(
      new TextDecoder().decode(back.assets.get('tokenizer_config.json')),
    ) as TokenizerJson;
    expect(restored.chat_template).toBe('{{ messages }}');
  });
});

describe('SentencePiece tokenizers', () => {
  const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'never', split: false };
  const sentencePiece = (part: TokenizerJson) =>
    tinyTokenizer(60, (json) => {
      const letters = [...'abcdefghij▁'];
      const merges = letters.flatMap((a) => letters.map((b) => [a, b])).slice(0, 40);
      const tokens = ['<|end|>', '<0x0A>', ...letters, ...merges.map((pair) => pair.join(''))];
      const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
      const model = { ...(json.model as TokenizerJson), vocab, merges, byte_fallback: true, fuse_unk: true };
      return { ...json, pre_tokenizer: null, decoder: null, model, ...part };
    });

  it.each([
    [true, { normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, replace] } }],
    [false, { normalizer: replace }],
    [false, { pre_tokenizer: metaspace }],
  ])('with a space before a text: %s', async (prefix, part) => {
    const entries = written(sentencePiece(part));
    expect(entries.get('tokenizer.ggml.add_space_prefix')?.value).toBe(prefix);
    expect(entries.get('tokenizer.ggml.model')?.value).toBe('llama');
  });

  it.each([
    ['a normalizer of another kind', { normalizer: { type: 'NFKC' } }, /normalizer/],
    ['unchanged spaces', { normalizer: null }, /spaces by ▁/],
    ['splitting into words', { pre_tokenizer: { ...metaspace, split: true } }, /words/],
    [
      'a space before the text only',
      { pre_tokenizer: { ...metaspace, prepend_scheme: 'first' } },
      /special tokens/,
    ],
    [
      'no space before a space',
      { pre_tokenizer: { ...metaspace, prepend_scheme: 'always' } },
      /begins with one/,
    ],
  ])('%s is refused', (_, part, message) => {
    expect(() => written(sentencePiece(part))).toThrow(message);
  });
});

describe('what llama.cpp does by the name of a model', () => {
  const nameOf = (change: (json: TokenizerJson) => TokenizerJson, name: string) =>
    writeTokenizer(tinyTokenizer(133, change), {}, SIZE, name).modelName;
  /** The flags of Phi-3: every special token but three takes the spaces after it. */
  const asPhi3 = (json: TokenizerJson) => {
    const added = addToken({ rstrip: true })(json).added_tokens as TokenizerJson[];
    return { ...json, added_tokens: added.map((token) => ({ ...token, rstrip: true })) };
  };

  it('special tokens that take the spaces after them make the name that of a Phi-3', () => {
    expect(nameOf(asPhi3, 'mini')).toBe('mini (Phi-3)');
    expect(nameOf(asPhi3, 'Phi-3-mini')).toBe('Phi-3-mini');
  });

  it('other tokenizers have no such name', () => {
    expect(nameOf((json) => json, 'my phi-3 and PHI3')).toBe('my phi 3 and PHI 3');
  });

  it('the file restores a tokenizer whose tokens take the spaces after them', async () => {
    const assets = tinyTokenizer(133, asPhi3);
    const { entries, modelName } = writeTokenizer(assets, {}, SIZE, 'mini');
    const back = read(new Map([...entries, ['general.name', ggufString(modelName)]]));
    const [before, after] = [await loadTokenizer(assets), await loadTokenizer(back.assets)];
    const text = 'ab<|end|>  c<x> d <x>e';
    expect(await after.encode(text)).toEqual(await before.encode(text));
    // The spaces are part of the special tokens.
    expect(await after.encode(text)).toEqual(await after.encode('ab<|end|>c<x>d <x>e'));
  });

  it('a normalizer of the form NFC is left out, which is said', () => {
    const written = writeTokenizer(
      tinyTokenizer(133, change({ normalizer: { type: 'NFC' } })),
      {},
      SIZE,
      'tiny',
    );
    expect(written.note).toContain('not in the Unicode form NFC');
    expect(writeTokenizer(tinyTokenizer(133), {}, SIZE, 'tiny').note).toBeUndefined();
  });
});

describe('errors name a tokenizer that llama.cpp does not have:', () => {
  it.each([
    ['another kind', changeModel({ type: 'WordPiece' }), /WordPiece/],
    ['another pattern', change({ pre_tokenizer: { type: 'ByteLevel', add_prefix_space: true } }), /pattern/],
    ['a normalizer', change({ normalizer: { type: 'NFKC' } }), /normalises/],
    ['a post-processor', change({ post_processor: { type: 'RobertaProcessing' } }), /RobertaProcessing/],
    ['merges of three', changeModel({ merges: ['a b c'] }), /two parts/],
    ['a token that is a word of its own', addToken({ single_word: true }), /its token "<x>"/],
    ['a token with spaces before it', addToken({ lstrip: true }), /its token "<x>"/],
    ['a token with spaces after it', addToken({ rstrip: true }), /its token "<x>"/],
  ] as [string, (json: TokenizerJson) => TokenizerJson, RegExp][])('%s', (_, broken, message) => {
    expect(() => written(tinyTokenizer(133, broken))).toThrow(message);
    expect(() => written(tinyTokenizer(133, broken))).toThrow(LabError);
  });
});

describe('errors name the field of a file with', () => {
  const entries = written(tinyTokenizer(133));
  const tokens = entries.get('tokenizer.ggml.tokens')!.value as string[];
  const long = ['x'.repeat(600), ...tokens.slice(1)];
  const scores = float32s(new Float32Array(SIZE));
  const spm: [string, GgufValue][] = [
    ['tokenizer.ggml.model', ggufString('llama')],
    ['tokenizer.ggml.scores', scores],
  ];
  const normal: GgufValue = { type: 'array', items: 'int32', value: new Int32Array(SIZE).fill(1) };

  it.each<[string, RegExp, [string, GgufValue | undefined][]]>([
    ['no model', /tokenizer\.ggml\.model is missing/, [['tokenizer.ggml.model', undefined]]],
    ['another model', /tokenizer\.ggml\.model is "bert"/, [['tokenizer.ggml.model', ggufString('bert')]]],
    [
      'a number for a model',
      /tokenizer\.ggml\.model is array|is float32/,
      [['tokenizer.ggml.model', { type: 'float32', value: 1 }]],
    ],
    ['another pattern', /tokenizer\.ggml\.pre is "tekken"/, [['tokenizer.ggml.pre', ggufString('tekken')]]],
    [
      'tokens that are numbers',
      /tokenizer\.ggml\.tokens is an array of float32/,
      [['tokenizer.ggml.tokens', scores]],
    ],
    [
      'too few tokens',
      /tokenizer\.ggml\.tokens has 139 entries.*140 rows/,
      [['tokenizer.ggml.tokens', strings(tokens.slice(1))]],
    ],
    [
      'a duplicate token',
      /tokenizer\.ggml\.tokens contains "a" twice/,
      [['tokenizer.ggml.tokens', strings(['a', ...tokens.slice(1)])]],
    ],
    [
      'too few types',
      /token_type has 1 entries/,
      [['tokenizer.ggml.token_type', { type: 'array', items: 'int32', value: Int32Array.of(1) }]],
    ],
    ['a merge of one part', /tokenizer\.ggml\.merges\[0\]/, [['tokenizer.ggml.merges', strings(['ab'])]]],
    [
      'too few scores',
      /scores has 1 values/,
      [...spm, ['tokenizer.ggml.scores', float32s(Float32Array.of(1))]],
    ],
    [
      'a token that is too long',
      /tokens\[0\] is 600/,
      [...spm, ['tokenizer.ggml.tokens', strings(long)], ['tokenizer.ggml.token_type', normal]],
    ],
    [
      'a boolean that is a string',
      /add_bos_token is string/,
      [['tokenizer.ggml.add_bos_token', ggufString('yes')]],
    ],
  ])('%s', (_, message, changes) => {
    const changed = new Map(entries);
    for (const [key, value] of changes)
      if (value) changed.set(key, value);
      else changed.delete(key);
    expect(() => read(changed)).toThrow(message);
    expect(() => read(changed)).toThrow(LabError);
  });
});

it('keys that change no token are passed over', () => {
  const entries = written(tinyTokenizer(133));
  const more: [string, GgufValue][] = [
    ...['eot', 'eom', 'seperator', 'padding', 'mask', 'fim_pre', 'prefix'].map(
      (role): [string, GgufValue] => [`tokenizer.ggml.${role}_token_id`, { type: 'uint32', value: 1 }],
    ),
    ['tokenizer.ggml.scores', float32s(new Float32Array(SIZE))],
    ['tokenizer.ggml.add_space_prefix', { type: 'bool', value: true }],
    ['tokenizer.ggml.add_sep_token', { type: 'bool', value: false }],
    ['tokenizer.chat_template.tool_use', ggufString('{{ x }}')],
    ['tokenizer.huggingface.json', ggufString('{}')],
  ];
  expect(read(new Map([...entries, ...more])).assets).toEqual(read(entries).assets);
});

it('other names of a pre-tokenizer are known', () => {
  const entries = written(tinyTokenizer(133));
  const renamed = new Map([...entries, ['tokenizer.ggml.pre', ggufString('phi-2')]] as [string, GgufValue][]);
  expect(read(renamed).assets).toEqual(read(entries).assets);
});

it('special tokens of a Phi-3 take the spaces after them, as llama.cpp decides by the name of the model', async () => {
  const entries = written(tinyTokenizer(133));
  const named = new Map([...entries, ['general.name', ggufString('Phi-3 mini')]] as [string, GgufValue][]);
  const [plain, phi3] = [await loadTokenizer(read(entries).assets), await loadTokenizer(read(named).assets)];
  const text = 'a<|end|>  b';
  expect(Array.from(await phi3.encode(text))).toEqual(Array.from(await plain.encode('a<|end|>b')));
  expect((await plain.encode(text)).length).toBeGreaterThan((await phi3.encode(text)).length);
});
