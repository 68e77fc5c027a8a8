/**
 * Returns the names of tensors without the words with which all of them begin and end:
 * "model.layers.0.mlp.up_proj.weight" → "layers.0.mlp.up_proj" where others are in "model.embed".
 */
export function shortNames(names: readonly string[]): ReadonlyMap<string, string> {
  if (names.length < 2) return new Map(names.map((name) => [name, name]));
  const words = names.map((name) => name.split('.'));
  const shortest = Math.min(...words.map((list) => list.length)) - 1;
  const first = shared(shortest, (i) => words.map((list) => list[i]));
  const last = shared(shortest - first, (i) => words.map((list) => list[list.length - 1 - i]));
  return new Map(names.map((name, i) => [name, words[i].slice(first, words[i].length - last).join('.')]));
}

/** Returns how many of the first `max` places hold the same word in all names. */
function shared(max: number, at: (i: number) => readonly string[]): number {
  for (let i = 0; i < max; i++) if (new Set(at(i)).size > 1) return i;
  return Math.max(0, max);
}
