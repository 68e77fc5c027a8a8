import { objectField, type TokenizerJson } from '../../tokenizer/json';

/** A pre-tokenizer of byte-level BPE, with its names in llama.cpp and tokenizer.json. */
export interface PreTokenizer {
  /** The value of `tokenizer.ggml.pre`. */
  name: string;
  /** Further values that mean the same. */
  aliases?: readonly string[];
  /** The `pre_tokenizer` of tokenizer.json. */
  json: TokenizerJson;
  /** Whether words that are tokens are encoded without merging (`ignore_merges`). */
  ignoreMerges: boolean;
  /** The default of `tokenizer.ggml.add_bos_token` in llama.cpp. */
  addsBos: boolean;
}

const byteLevel = (useRegex: boolean): TokenizerJson => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

/** The pattern in the tokenizer.json of Llama 3. */
const LLAMA3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The pattern in the tokenizer.json of Qwen2 and Qwen3. Their NFC normalizer is not in GGUF, and llama.cpp does not normalise, which an export says. */
const QWEN2 = LLAMA3.replace('\\p{N}{1,3}', '\\p{N}');

const split = (pattern: string): TokenizerJson => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    byteLevel(false),
  ],
});

/** All supported pre-tokenizers; the names are from llama.cpp, src/llama-vocab.cpp. */
export const PRE_TOKENIZERS: readonly PreTokenizer[] = [
  { name: 'gpt-2', aliases: ['phi-2'], json: byteLevel(true), ignoreMerges: false, addsBos: false },
  {
    name: 'llama-bpe',
    aliases: ['llama3', 'llama-v3'],
    json: split(LLAMA3),
    ignoreMerges: true,
    addsBos: true,
  },
  {
    name: 'qwen2',
    aliases: ['deepseek-r1-qwen'],
    json: split(QWEN2),
    ignoreMerges: false,
    addsBos: false,
  },
  {
    name: 'smollm',
    json: {
      type: 'Sequence',
      pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)],
    },
    ignoreMerges: false,
    addsBos: false,
  },
];

/** Returns the supported pre-tokenizer that a tokenizer.json has, or undefined if there is none. */
export function preTokenizerOf(json: TokenizerJson): PreTokenizer | undefined {
  const given = canonicalForm(objectField(json, 'pre_tokenizer'));
  const ignoresMerges = Boolean(objectField(json, 'model')?.ignore_merges);
  return PRE_TOKENIZERS.find(
    (pre) => canonicalForm(pre.json) === given && pre.ignoreMerges === ignoresMerges,
  );
}

/** Returns a string that is equal for components that split alike: with defaults, without `trim_offsets`. */
function canonicalForm(component: TokenizerJson | undefined): string {
  if (!component) return 'null';
  if (component.type === 'Sequence' && Array.isArray(component.pretokenizers))
    return component.pretokenizers.map((part) => canonicalForm(part as TokenizerJson)).join(' → ');
  const spelled = (key: string, fallback?: unknown) => JSON.stringify(component[key] ?? fallback);
  if (component.type === 'ByteLevel')
    return `ByteLevel ${spelled('add_prefix_space', true)} ${spelled('use_regex', true)}`;
  if (component.type === 'Digits') return `Digits ${spelled('individual_digits', false)}`;
  if (component.type === 'Split')
    return `Split ${JSON.stringify(objectField(component, 'pattern')?.Regex)} ${spelled('behavior')} ${spelled('invert', false)}`;
  return JSON.stringify(component);
}
