/**
 * Returns the names of tensors without their common first and last words:
 * "model.layers.0.mlp.up_proj.weight" → "layers.0.mlp.up_proj" beside "model.embed.weight".
 */
export function shortNames(names: readonly string[]): ReadonlyMap<string, string> {
  if (names.length < 2) return new Map(names.map((name) => [name, name]));
  const words = names.map((name) => name.split('.'));
  const shortest = Math.min(...words.map((list) => list.length)) - 1;
  const first = shared(shortest, (i) => words.map((list) => list[i]));
  const last = shared(shortest - first, (i) => words.map((list) => list[list.length - 1 - i]));
  return new Map(names.map((name, i) => [name, words[i].slice(first, words[i].length - last).join('.')]));
}

/** Returns the number of leading positions, at most `max`, at which all names have the same word. */
function shared(max: number, at: (i: number) => readonly string[]): number {
  for (let i = 0; i < max; i++) if (new Set(at(i)).size > 1) return i;
  return Math.max(0, max);
}
