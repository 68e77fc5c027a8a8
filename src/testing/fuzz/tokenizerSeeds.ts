import { tinyTokenizer } from '../../models/gguf/testing/tinyModel';
import { jsonBytes } from './anyJson';

const LETTERS = [...'abcdeno ', '▁', 'Ġ', '<s>', '</s>', '<unk>'];
const BYTES = Array.from({ length: 256 }, (_, i) => `<0x${i.toString(16).toUpperCase().padStart(2, '0')}>`);
const vocab = Object.fromEntries(
  [...LETTERS, 'on', '▁on', '▁once', ...BYTES].map((token, id) => [token, id]),
);
const merges = [
  ['o', 'n'],
  ['▁', 'on'],
];
const special = (content: string) => ({
  ...{ id: vocab[content], content, special: true, normalized: false },
  ...{ single_word: false, lstrip: false, rstrip: false },
});

/** Llama's SentencePiece model as transformers converts it. */
const characters = {
  version: '1.0',
  added_tokens: [special('<s>'), special('</s>'), special('<unk>')],
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '▁' },
      { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
    ],
  },
  pre_tokenizer: null,
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { '<s>': { id: '<s>', ids: [vocab['<s>']], tokens: ['<s>'] } },
  },
  decoder: {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
      { type: 'ByteFallback' },
      { type: 'Fuse' },
      { type: 'Strip', content: ' ', start: 1, stop: 0 },
    ],
  },
  model: {
    type: 'BPE',
    vocab,
    merges: ['o n', '▁ on'],
    unk_token: '<unk>',
    byte_fallback: true,
    fuse_unk: true,
  },
};

/** Byte-level BPE with an explicit pattern, as in Qwen. */
const split = {
  version: '1.0',
  added_tokens: [{ id: 272, content: '<|end|>', special: true, lstrip: true, single_word: true }],
  normalizer: { type: 'NFC' },
  pre_tokenizer: {
    type: 'Sequence',
    pretokenizers: [
      {
        type: 'Split',
        pattern: { Regex: "'s|\\p{L}+|\\p{N}{1,3}|\\s+" },
        behavior: 'Isolated',
        invert: false,
      },
      { type: 'Digits', individual_digits: true },
      { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    ],
  },
  post_processor: { type: 'ByteLevel', trim_offsets: false },
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab, merges, dropout: null, ignore_merges: true },
};

/** A unigram model with SentencePiece's spaces. */
const unigram = {
  version: '1.0',
  added_tokens: [{ id: 0, content: '<unk>', special: true }],
  normalizer: {
    type: 'Sequence',
    normalizers: [{ type: 'NFKC' }, { type: 'Lowercase' }, { type: 'StripAccents' }],
  },
  pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
  post_processor: null,
  decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always' },
  model: {
    type: 'Unigram',
    unk_id: 0,
    vocab: [
      ['<unk>', 0],
      ['▁', -1],
      ['a', -2.5],
      ['on', -3],
      ['▁on', -1.5],
    ],
  },
};

/** Valid tokenizer.json files, one of each supported kind. */
export const TOKENIZERS: readonly Uint8Array[] = [
  tinyTokenizer(40).get('tokenizer.json')!,
  ...[characters, split, unigram].map(jsonBytes),
];
