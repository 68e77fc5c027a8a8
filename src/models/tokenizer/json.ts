/** Parts of tokenizer.json (https://huggingface.co/docs/tokenizers/api/tokenizer), read defensively: the file is hostile. */

export type TokenizerJson = Record<string, unknown>;

/** An object-valued field; undefined if it is anything else. */
export function objectField(json: TokenizerJson, name: string): TokenizerJson | undefined {
  const value = json[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as TokenizerJson)
    : undefined;
}

/** The objects of a list-valued field; undefined in the place of anything else. */
export function objectsIn(json: TokenizerJson, name: string): readonly (TokenizerJson | undefined)[] {
  const list = json[name];
  return Array.isArray(list)
    ? list.map((_, i) => objectField(list as unknown as TokenizerJson, String(i)))
    : [];
}

export interface AddedToken {
  id: number;
  content: string;
  /** Matched in the normalised text. */
  normalized: boolean;
  /** Matching depends on, or takes away, what is beside it. */
  strips: boolean;
}

export function addedTokens(json: TokenizerJson): AddedToken[] {
  const list = Array.isArray(json.added_tokens) ? (json.added_tokens as unknown[]) : [];
  return list.flatMap((entry) => {
    const { id, content, normalized, special, lstrip, rstrip, single_word } = (entry ?? {}) as TokenizerJson;
    if (typeof content !== 'string' || typeof id !== 'number') return [];
    const strips = Boolean(lstrip || rstrip || single_word);
    return [{ id, content, normalized: Boolean(normalized ?? !special), strips }];
  });
}

/** For each merge of a BPE model: the last character of its left part and the first of its right one. */
export function mergePairs(json: TokenizerJson): Set<string> {
  const merges = objectField(json, 'model')?.merges;
  const pairs = new Set<string>();
  for (const merge of Array.isArray(merges) ? (merges as unknown[]) : []) {
    const [left, right]: unknown[] =
      typeof merge === 'string' ? merge.split(' ', 2) : Array.isArray(merge) ? (merge as unknown[]) : [];
    if (typeof left === 'string' && typeof right === 'string' && left && right)
      pairs.add([...left].at(-1)! + [...right][0]);
  }
  return pairs;
}

/** Whether a normalizer, pre-tokenizer or decoder is, or has among its parts, one of this type. */
export function hasType(component: TokenizerJson | undefined, type: string): boolean {
  if (!component) return false;
  const parts = component.normalizers ?? component.pretokenizers ?? component.decoders;
  return (
    component.type === type ||
    (Array.isArray(parts) && parts.some((part) => hasType(part as TokenizerJson, type)))
  );
}
