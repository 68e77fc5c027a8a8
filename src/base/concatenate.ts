/** Joins typed arrays of one kind in their order, e.g. `concatenate(Uint8Array, chunks)`. */
export function concatenate<T extends Uint8Array | Uint32Array>(
  kind: new (length: number) => T,
  parts: readonly T[],
): T {
  const all = new kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
