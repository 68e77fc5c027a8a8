import type { TokenizerJson } from '../json';
import { LETTERS, PATTERNS, PIECES } from './randomMaterial';

/** A random tokenizer.json with texts to encode. */
export interface RandomTokenizer {
  json: TokenizerJson;
  texts: string[];
}

/** Returns a generator of numbers in [0, 1), equal for equal seeds (mulberry32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns the random tokenizer of a seed: its components have random types and every field a random value. */
export function randomTokenizer(seed: number): RandomTokenizer {
  return new Maker(generator(seed)).tokenizer();
}

class Maker {
  constructor(private readonly random: () => number) {}

  tokenizer(): RandomTokenizer {
    const model = this.model();
    const json = {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: this.addedTokens(model),
      normalizer: this.maybe(0.6, () => this.normalizer(2)),
      pre_tokenizer: this.maybe(0.8, () => this.preTokenizer(2)),
      post_processor: this.maybe(0.3, () => this.postProcessor()),
      decoder: this.maybe(0.8, () => this.decoder(2)),
      model,
    };
    return { json, texts: Array.from({ length: 4 }, () => this.text()) };
  }

  private below(n: number): number {
    return Math.floor(this.random() * n);
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  private flag(): boolean {
    return this.random() < 0.5;
  }

  private maybe<T>(share: number, make: () => T): T | null {
    return this.random() < share ? make() : null;
  }

  private text(): string {
    return Array.from({ length: this.below(14) }, () => this.pick(PIECES)).join('');
  }

  private list<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.below(most) }, make);
  }

  private model(): TokenizerJson {
    const kind = this.pick(['BPE', 'BPE', 'BPE', 'BPE', 'Unigram', 'Unigram', 'WordPiece', 'WordLevel']);
    if (kind === 'BPE') return this.bpe();
    if (kind === 'Unigram') return this.unigram();
    const words = new Set(['[UNK]', ...LETTERS, ...this.list(20, () => this.word())]);
    const vocab =
      kind === 'WordPiece' ? [...words, ...LETTERS.map((c) => `##${c}`), '##ab', '##bc'] : [...words];
    const piece = { continuing_subword_prefix: '##', max_input_chars_per_word: this.pick([3, 100]) };
    return { type: kind, unk_token: '[UNK]', ...(kind === 'WordPiece' ? piece : {}), vocab: indexed(vocab) };
  }

  private word(): string {
    return Array.from({ length: 1 + this.below(4) }, () => this.pick(LETTERS)).join('');
  }

  private bpe(): TokenizerJson {
    const prefix = this.maybe(0.1, () => '##');
    const suffix = this.maybe(0.1, () => '</w>');
    const letters = LETTERS.filter(() => this.random() < 0.9);
    const tokens = ['<unk>', ...(this.flag() ? byteTokens() : []), ...letters];
    if (prefix) tokens.push(...letters.map((c) => prefix + c));
    if (suffix) tokens.push(...letters.map((c) => c + suffix));
    if (prefix && suffix) tokens.push(...letters.map((c) => prefix + c + suffix));
    const merges: [string, string][] = [];
    for (let i = this.below(30); i > 0; i--) {
      const [left, right] = [this.pick(tokens), this.pick(tokens)];
      if (
        left === '<unk>' ||
        right === '<unk>' ||
        left.includes('</w>') ||
        (prefix && !right.startsWith(prefix))
      )
        continue;
      merges.push([left, right]);
      const union = left + right.slice(prefix?.length ?? 0);
      if (!tokens.includes(union)) tokens.push(union);
    }
    const strings = this.flag() && merges.every((merge) => !merge.join('').includes(' '));
    return {
      type: 'BPE',
      dropout: null,
      unk_token: this.maybe(0.7, () => '<unk>'),
      continuing_subword_prefix: prefix,
      end_of_word_suffix: suffix,
      fuse_unk: this.flag(),
      byte_fallback: this.flag(),
      ignore_merges: this.random() < 0.2,
      vocab: indexed([...tokens, 'xyz']),
      merges: strings ? merges.map((merge) => merge.join(' ')) : merges,
    };
  }

  private unigram(): TokenizerJson {
    const tokens = [
      '<unk>',
      ...(this.flag() ? byteTokens() : []),
      ...LETTERS.filter(() => this.random() < 0.9),
    ];
    const words = this.list(25, () => this.word());
    const vocab = [...new Set([...tokens, ...words])].map((token) => [
      token,
      -Math.floor(this.random() * 64) / 8,
    ]);
    return { type: 'Unigram', unk_id: 0, byte_fallback: this.flag(), vocab };
  }

  private addedTokens(model: TokenizerJson): TokenizerJson[] {
    const vocabulary = Array.isArray(model.vocab)
      ? (model.vocab as [string, number][]).map(([token]) => token)
      : Object.keys(model.vocab as object);
    const contents = ['<s>', '</s>', '<x>', 'day', 'a b', 'xyz', 'B', ' 1'].filter(() => this.random() < 0.3);
    const ids = new Map<string, number>();
    let next = vocabulary.length;
    for (const content of contents)
      ids.set(content, vocabulary.includes(content) ? vocabulary.indexOf(content) : next++);
    // A token may be added twice with other flags.
    const twice = this.random() < 0.3 ? contents.filter(() => this.flag()) : [];
    return [...contents, ...twice].map((content) => ({
      id: ids.get(content),
      content,
      single_word: this.random() < 0.3,
      lstrip: this.random() < 0.3,
      rstrip: this.random() < 0.3,
      normalized: this.flag(),
      special: this.flag(),
    }));
  }

  private normalizer(depth: number): TokenizerJson {
    const type = this.pick([
      ...['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents', 'Nmt', 'Strip', 'Prepend', 'Prepend'],
      ...['Replace', 'Replace', 'BertNormalizer', 'ByteLevel', 'Sequence'],
    ]);
    if (type === 'Sequence')
      return depth > 0
        ? { type, normalizers: this.list(3, () => this.normalizer(depth - 1)) }
        : { type: 'NFC' };
    if (type === 'Strip') return { type, strip_left: this.flag(), strip_right: this.flag() };
    if (type === 'Prepend') return { type, prepend: this.pick(['▁', ' ', 'ab']) };
    if (type === 'Replace')
      return { type, pattern: this.pattern(), content: this.pick(['▁', '', 'ab', ' ']) };
    if (type !== 'BertNormalizer') return { type };
    const accents = this.pick([null, true, false]);
    return {
      ...{ type, clean_text: this.flag(), handle_chinese_chars: this.flag() },
      ...{ strip_accents: accents, lowercase: this.flag() },
    };
  }

  private pattern(): TokenizerJson {
    return this.flag() ? { String: this.pick([' ', 'a', 'ab', '.', '▁']) } : { Regex: this.pick(PATTERNS) };
  }

  private behavior(): string {
    return this.pick(['Removed', 'Isolated', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous']);
  }

  private preTokenizer(depth: number): TokenizerJson {
    const type = this.pick([
      ...[
        'ByteLevel',
        'ByteLevel',
        'Metaspace',
        'Metaspace',
        'Split',
        'Split',
        'Split',
        'Digits',
        'Punctuation',
      ],
      ...[
        'BertPreTokenizer',
        'Whitespace',
        'WhitespaceSplit',
        'CharDelimiterSplit',
        'FixedLength',
        'Sequence',
      ],
    ]);
    if (type === 'Sequence')
      return depth > 0
        ? { type, pretokenizers: this.list(3, () => this.preTokenizer(depth - 1)) }
        : { type: 'Whitespace' };
    if (type === 'ByteLevel')
      return { type, add_prefix_space: this.flag(), trim_offsets: false, use_regex: this.flag() };
    if (type === 'Metaspace') {
      const scheme = this.pick(['always', 'first', 'never']);
      return { type, replacement: '▁', prepend_scheme: scheme, split: this.flag() };
    }
    if (type === 'Split')
      return { type, pattern: this.pattern(), behavior: this.behavior(), invert: this.flag() };
    if (type === 'Digits') return { type, individual_digits: this.flag() };
    if (type === 'Punctuation') return { type, behavior: this.behavior() };
    if (type === 'CharDelimiterSplit') return { type, delimiter: this.pick([' ', 'a', '.']) };
    return type === 'FixedLength' ? { type, length: 1 + this.below(5) } : { type };
  }

  private postProcessor(): TokenizerJson {
    const type = this.pick([
      'TemplateProcessing',
      'ByteLevel',
      'BertProcessing',
      'RobertaProcessing',
      'Sequence',
    ]);
    if (type === 'ByteLevel')
      return { type, add_prefix_space: this.flag(), trim_offsets: false, use_regex: this.flag() };
    if (type === 'Sequence') {
      const offsets = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true };
      return { type, processors: this.flag() ? [offsets, this.template()] : [this.template(), offsets] };
    }
    if (type === 'TemplateProcessing') return this.template();
    const ends = { sep: ['b', 2], cls: ['a', 1] };
    return type === 'BertProcessing'
      ? { type, ...ends }
      : { type, ...ends, trim_offsets: false, add_prefix_space: true };
  }

  private template(): TokenizerJson {
    const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
    const before = this.flag() ? [special('X')] : [];
    const after = this.flag() ? [special('Y')] : [];
    const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
    return {
      type: 'TemplateProcessing',
      single: [...before, text('A', 0), ...after],
      pair: [text('A', 0), text('B', 1)],
      special_tokens: {
        X: { id: 'X', ids: [1], tokens: ['X'] },
        Y: { id: 'Y', ids: [2, 3], tokens: ['Y', 'Y'] },
      },
    };
  }

  private decoder(depth: number): TokenizerJson {
    const type = this.pick([
      ...[
        'ByteLevel',
        'ByteFallback',
        'Fuse',
        'Replace',
        'Strip',
        'Metaspace',
        'WordPiece',
        'BPEDecoder',
        'CTC',
        'Sequence',
      ],
    ]);
    if (type === 'Sequence')
      return depth > 0 ? { type, decoders: this.list(3, () => this.decoder(depth - 1)) } : { type: 'Fuse' };
    if (type === 'ByteLevel') return { type, add_prefix_space: true, trim_offsets: true, use_regex: true };
    if (type === 'Replace') return { type, pattern: this.pattern(), content: this.pick([' ', '', 'ab']) };
    if (type === 'Strip') return { type, content: this.pick([' ', 'a']), start: this.below(3), stop: 0 };
    if (type === 'Metaspace')
      return {
        type,
        replacement: '▁',
        prepend_scheme: this.pick(['always', 'first', 'never']),
        split: this.flag(),
      };
    if (type === 'WordPiece') return { type, prefix: '##', cleanup: this.flag() };
    if (type === 'BPEDecoder') return { type, suffix: '</w>' };
    if (type === 'CTC') return { type, pad_token: 'c', word_delimiter_token: 'b', cleanup: this.flag() };
    return { type };
  }
}

function indexed(tokens: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(tokens)].map((token, id) => [token, id]));
}

function byteTokens(): string[] {
  return Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
}
