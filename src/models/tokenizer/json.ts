/** Access to the parts of an untrusted tokenizer.json (https://huggingface.co/docs/tokenizers/api/tokenizer). */

export type TokenizerJson = Record<string, unknown>;

/** Returns the value of a field if it is an object, or undefined otherwise. */
export function objectField(json: TokenizerJson, name: string): TokenizerJson | undefined {
  const value = json[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as TokenizerJson)
    : undefined;
}

/** Returns the elements of a list-valued field; those that are not objects are undefined. */
export function objectsIn(json: TokenizerJson, name: string): readonly (TokenizerJson | undefined)[] {
  const list = json[name];
  return Array.isArray(list)
    ? list.map((_, i) => objectField(list as unknown as TokenizerJson, String(i)))
    : [];
}

/** A token of `added_tokens`. */
export interface AddedToken {
  id: number;
  content: string;
  /** Whether it is matched in the normalised text. */
  normalized: boolean;
  /** Whether matching depends on or removes the surrounding characters. */
  strips: boolean;
}

/** Returns the valid entries of `added_tokens`. */
export function addedTokens(json: TokenizerJson): AddedToken[] {
  const list = Array.isArray(json.added_tokens) ? (json.added_tokens as unknown[]) : [];
  return list.flatMap((entry) => {
    const { id, content, normalized, special, lstrip, rstrip, single_word } = (entry ?? {}) as TokenizerJson;
    if (typeof content !== 'string' || typeof id !== 'number') return [];
    const strips = Boolean(lstrip || rstrip || single_word);
    return [{ id, content, normalized: Boolean(normalized ?? !special), strips }];
  });
}

/** Returns the character pairs at which merges join: the last character of the left part followed by the first of the right. */
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

/** Returns whether a normalizer, pre-tokenizer or decoder, or one of its parts, has the type. */
export function hasType(component: TokenizerJson | undefined, type: string): boolean {
  if (!component) return false;
  const parts = component.normalizers ?? component.pretokenizers ?? component.decoders;
  return (
    component.type === type ||
    (Array.isArray(parts) && parts.some((part) => hasType(part as TokenizerJson, type)))
  );
}
