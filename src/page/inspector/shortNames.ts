/**
 * Names of tensors without the words that all of them begin and end with:
 * "model.layers.0.mlp.up_proj.weight" → "layers.0.mlp.up_proj" where others are in "model.embed".
 */
export function shortNames(names: readonly string[]): ReadonlyMap<string, string> {
  if (names.length < 2) return new Map(names.map((name) => [name, name]));
  const words = names.map((name) => name.split('.'));
  const least = Math.min(...words.map((list) => list.length)) - 1;
  const first = shared(least, (i) => words.map((list) => list[i]));
  const last = shared(least - first, (i) => words.map((list) => list[list.length - 1 - i]));
  return new Map(names.map((name, i) => [name, words[i].slice(first, words[i].length - last).join('.')]));
}

/** How many places, from 0 on and at most `most`, hold the same word everywhere. */
function shared(most: number, at: (i: number) => readonly string[]): number {
  for (let i = 0; i < most; i++) if (new Set(at(i)).size > 1) return i;
  return Math.max(0, most);
}
