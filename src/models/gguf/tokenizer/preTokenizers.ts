import { objectField, type TokenizerJson } from '../../tokenizer/json';

/** One way of cutting a text into words before byte-level BPE, as llama.cpp and tokenizer.json name it. */
export interface PreTokenizer {
  /** Value of `tokenizer.ggml.pre`. */
  name: string;
  /** pre_tokenizer of tokenizer.json. */
  json: TokenizerJson;
  /** Words that are tokens are taken whole. */
  ignoreMerges: boolean;
  /** llama.cpp's default of `tokenizer.ggml.add_bos_token`. */
  addsBos: boolean;
}

const byteLevel = (useRegex: boolean): TokenizerJson => ({
  type: 'ByteLevel',
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: useRegex,
});

/** Llama 3's pattern, from its tokenizer.json. */
const LLAMA3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Names: llama.cpp's src/llama-vocab.cpp. */
export const PRE_TOKENIZERS: readonly PreTokenizer[] = [
  { name: 'gpt-2', json: byteLevel(true), ignoreMerges: false, addsBos: false },
  {
    name: 'llama-bpe',
    json: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: LLAMA3 }, behavior: 'Isolated', invert: false },
        byteLevel(false),
      ],
    },
    ignoreMerges: true,
    addsBos: true,
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

/** The pre-tokenizer of a tokenizer.json, undefined where llama.cpp has none like it under a name known here. */
export function preTokenizerOf(json: TokenizerJson): PreTokenizer | undefined {
  const given = essence(objectField(json, 'pre_tokenizer'));
  const ignoresMerges = Boolean(objectField(json, 'model')?.ignore_merges);
  return PRE_TOKENIZERS.find((pre) => essence(pre.json) === given && pre.ignoreMerges === ignoresMerges);
}

/** A spelling in which components that cut alike are equal: defaults filled in, offsets left out. */
function essence(component: TokenizerJson | undefined): string {
  if (!component) return 'null';
  if (component.type === 'Sequence' && Array.isArray(component.pretokenizers))
    return component.pretokenizers.map((part) => essence(part as TokenizerJson)).join(' → ');
  const spelled = (key: string, fallback?: unknown) => JSON.stringify(component[key] ?? fallback);
  if (component.type === 'ByteLevel')
    return `ByteLevel ${spelled('add_prefix_space', true)} ${spelled('use_regex', true)}`;
  if (component.type === 'Digits') return `Digits ${spelled('individual_digits', false)}`;
  if (component.type === 'Split')
    return `Split ${JSON.stringify(objectField(component, 'pattern')?.Regex)} ${spelled('behavior')} ${spelled('invert', false)}`;
  return JSON.stringify(component);
}
