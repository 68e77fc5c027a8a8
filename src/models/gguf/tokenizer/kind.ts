import { LabError } from '../../../base/errors';
import type { TokenizerJson } from '../../tokenizer/json';
import type { GgufEntries, MetadataReader } from '../values';

/** llama.cpp's `llama_token_type`. */
export const TOKEN_TYPE = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** The vocabulary as a GGUF file lists it: index = id. */
export interface TokenList {
  tokens: readonly string[];
  types: Int32Array;
}

/** One of llama.cpp's tokenizer models. One file of tokenizers/ each. */
export interface TokenizerKind {
  /** Value of `tokenizer.ggml.model`. */
  model: string;
  /** Whether texts get a first token when the file does not say. */
  addsBos(metadata: MetadataReader): boolean;
  /** Whether tokenizer.json is of this kind. */
  matches: (json: TokenizerJson) => boolean;
  /** Metadata beyond tokens and their types. @throws LabError unsupported for a variant llama.cpp does not have */
  write(json: TokenizerJson, list: TokenList): GgufEntries;
  /** normalizer, pre_tokenizer, decoder and model of tokenizer.json. @throws LabError naming the field */
  read(metadata: MetadataReader, list: TokenList): TokenizerJson;
}

const FILES = import.meta.glob<TokenizerKind>('./kinds/*.ts', { import: 'default', eager: true });
export const tokenizerKinds: readonly TokenizerKind[] = Object.values(FILES);

/** A tokenizer llama.cpp does not have, or not under a name known here. */
export function foreignTokenizer(why: string): LabError {
  return new LabError(
    'unsupported',
    `The model’s tokenizer cannot be written as GGUF: ${why}.`,
    'Choose a model with GPT-2’s, Llama’s or Llama 3’s tokenizer.',
  );
}

/** id → token as an object of tokenizer.json, without the ids no token has. */
export function vocabularyObject({ tokens, types }: TokenList): Record<string, number> {
  const used = tokens.flatMap((token, id) => (types[id] === TOKEN_TYPE.unused ? [] : [[token, id] as const]));
  return Object.fromEntries(used);
}

/** Two-part merges of tokenizer.json, in whichever of its spellings: "a b" or ["a", "b"]. */
export function mergesOf(model: TokenizerJson | undefined): [string, string][] {
  const merges = Array.isArray(model?.merges) ? (model.merges as unknown[]) : [];
  return merges.map((merge) => {
    const [left, right, ...more] = Array.isArray(merge) ? merge.map(String) : String(merge).split(' ');
    if (left && right && more.length === 0) return [left, right];
    throw foreignTokenizer(`the merge ${JSON.stringify(merge).slice(0, 80)} has not two parts`);
  });
}
