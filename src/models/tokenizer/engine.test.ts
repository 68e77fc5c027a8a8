import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { tinyTokenizer } from '../gguf/testing/tinyModel';
import { loadTokenizer } from './tokenizer';
import type { TokenizerJson } from './json';

/** Opens a changed tiny tokenizer and encodes with it. */
async function use(change: (json: TokenizerJson) => TokenizerJson): Promise<unknown> {
  const tokenizer = await loadTokenizer(tinyTokenizer(40, change));
  return tokenizer.decode(await tokenizer.encode('a bad cafe'));
}

const withVocab = (more: object) => (json: TokenizerJson) => {
  const model = json.model as TokenizerJson;
  return { ...json, model: { ...model, vocab: { ...(model.vocab as object), ...more } } };
};

describe('a tokenizer.json is refused because of', () => {
  // The library counts up to the highest id, which would take minutes or all memory.
  test.each<[string, (json: TokenizerJson) => TokenizerJson, RegExp]>([
    ['a huge id', withVocab({ zz: 2 ** 31 }), /the id 2147483648; ids are integers from 0 to 1048575/],
    [
      'a huge id of an added token',
      (json) => ({ ...json, added_tokens: [{ id: 2 ** 40, content: 'x' }] }),
      /id 1099/,
    ],
    ['a negative id', withVocab({ zz: -1 }), /the id -1;/],
    ['an id that is not a number', withVocab({ zz: 'x' }), /the id "x";/],
    ['an added token that is null', (json) => ({ ...json, added_tokens: [null] }), /the id nothing;/],
  ])('%s', async (_, change, message) => {
    const failure: unknown = await use(change).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LabError);
    expect(failure).toMatchObject({ code: 'bad-file', message: expect.stringMatching(message) });
  });

  test.each<[string, TokenizerJson]>([
    ['steps that are not a list', { normalizer: { type: 'Sequence', normalizers: 1 }, pre_tokenizer: null }],
    [
      'an unknown split behaviour',
      { pre_tokenizer: { type: 'Split', pattern: { Regex: 'a' }, behavior: 1 } },
    ],
    [
      'an invalid pattern',
      { pre_tokenizer: { type: 'Split', pattern: { Regex: '(' }, behavior: 'Isolated' } },
    ],
    ['an unknown token beyond the vocabulary', { model: { type: 'Unigram', unk_id: 7, vocab: [['a', -1]] } }],
    ['a vocabulary of null', { model: { type: 'Unigram', unk_id: 0, vocab: [null] } }],
    // These would never return.
    [
      'nested byte-level steps',
      {
        pre_tokenizer: {
          type: 'Sequence',
          pretokenizers: Array(30).fill({ type: 'ByteLevel', use_regex: false }),
        },
      },
    ],
    [
      'replacements that double a letter repeatedly',
      {
        normalizer: {
          type: 'Sequence',
          normalizers: Array(40).fill({ type: 'Replace', pattern: { String: 'a' }, content: 'aa' }),
        },
      },
    ],
    [
      'templates that repeat the text',
      {
        post_processor: {
          type: 'Sequence',
          processors: Array(40).fill({
            type: 'TemplateProcessing',
            single: Array(2).fill({ Sequence: { id: 'A' } }),
          }),
        },
      },
    ],
    [
      'a thousand steps',
      { normalizer: { type: 'Sequence', normalizers: Array(1000).fill({ type: 'Lowercase' }) } },
    ],
  ])('%s', async (_, change) => {
    const failure: unknown = await use((json) => ({ ...json, ...change })).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^tokenizer\.json cannot be used: .+\.$/),
    });
  });
});

test('gaps between ids are allowed', async () => {
  expect(await use(withVocab({ zz: 2 ** 20 - 1 }))).toBe('a bad cafe');
});
