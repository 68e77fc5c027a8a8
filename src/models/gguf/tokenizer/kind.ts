import { LabError } from '../../../base/errors';
import type { TokenizerJson } from '../../tokenizer/json';
import type { GgufEntries, MetadataReader } from '../values';

/** The values of `llama_token_type` in llama.cpp. */
export const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** The vocabulary of a GGUF file, indexed by token id. */
export interface TokenList {
  tokens: readonly string[];
  types: Int32Array;
}

/** A tokenizer model of llama.cpp. Each is one file of kinds/. */
export interface TokenizerKind {
  /** The value of `tokenizer.ggml.model`. */
  model: string;
  /** Returns the default of `tokenizer.ggml.add_bos_token`. */
  addsBos(metadata: MetadataReader): boolean;
  /** The ids of special tokens that llama.cpp takes if a file does not state them. */
  defaultIds: { bos?: number; eos?: number; unknown?: number };
  /** Keys that llama.cpp does not use for this kind. */
  neutral: readonly string[];
  /** Returns whether a tokenizer.json is of this kind. */
  matches: (json: TokenizerJson) => boolean;
  /** Returns the metadata besides tokens and their types. @throws LabError unsupported for a variant llama.cpp does not have */
  write(json: TokenizerJson, list: TokenList): GgufEntries;
  /** Returns the normalizer, pre_tokenizer, decoder and model of tokenizer.json. @throws LabError bad-file with the field */
  read(metadata: MetadataReader, list: TokenList): TokenizerJson;
}

const FILES = import.meta.glob<TokenizerKind>('./kinds/*.ts', { import: 'default', eager: true });
/** All tokenizer models that are supported. */
export const tokenizerKinds: readonly TokenizerKind[] = Object.values(FILES);

/** Returns the error about a tokenizer that llama.cpp does not have, or that has no known name there; `why` is a clause. */
export function unsupportedTokenizer(why: string): LabError {
  return new LabError(
    'unsupported',
    `The model’s tokenizer cannot be written as GGUF: ${why}.`,
    'Choose a model with GPT-2’s, Llama’s or Llama 3’s tokenizer.',
  );
}

/** Returns the `vocab` object of tokenizer.json, without unused ids. */
export function vocabularyObject({ tokens, types }: TokenList): Record<string, number> {
  const used = tokens.flatMap((token, id) => (types[id] === TOKEN_TYPE.unused ? [] : [[token, id] as const]));
  return Object.fromEntries(used);
}

/** Returns the merges of tokenizer.json, which are spelled "a b" or ["a", "b"]. */
export function mergesOf(model: TokenizerJson | undefined): [string, string][] {
  const merges = Array.isArray(model?.merges) ? (model.merges as unknown[]) : [];
  return merges.map((merge) => {
    const [left, right, ...more] = Array.isArray(merge) ? merge.map(String) : String(merge).split(' ');
    if (left && right && more.length === 0) return [left, right];
    throw unsupportedTokenizer(`the merge ${JSON.stringify(merge).slice(0, 80)} does not have two parts`);
  });
}
