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

/** Returns whether a normalizer, pre-tokenizer or decoder, or one of its parts, has the type. */
export function hasType(component: TokenizerJson | undefined, type: string): boolean {
  if (!component) return false;
  const parts = component.normalizers ?? component.pretokenizers ?? component.decoders;
  return (
    component.type === type ||
    (Array.isArray(parts) && parts.some((part) => hasType(part as TokenizerJson, type)))
  );
}
