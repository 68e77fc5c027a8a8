import * as fc from 'fast-check';

/** Generates JSON documents from the names and values in valid files, in arbitrary combinations. */
export function jsonLike(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const names = new Set<string>();
  const values: unknown[] = [];
  for (const seed of seeds) gather(JSON.parse(new TextDecoder().decode(seed)), names, values);
  const value = fc.oneof(fc.constantFrom(...values), fc.jsonValue({ maxDepth: 2 }));
  const object = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 20 });
  return fc.oneof({ weight: 4, arbitrary: object }, { weight: 1, arbitrary: value }).map(jsonBytes);
}

/** Encodes a value as JSON. */
export function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function gather(value: unknown, names: Set<string>, values: unknown[]): void {
  values.push(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    if (!Array.isArray(value)) names.add(name);
    gather(inner, names, values);
  }
}
