import type { Below } from '../mutations';

/** Returns a text with one to four insertions, deletions, repetitions or replacements of words or characters. */
export function breakText(original: string, pieces: readonly string[], below: Below): string {
  let text = original;
  for (let left = 1 + below(4); left > 0; left--) {
    const at = below(text.length + 1);
    const length = below(Math.min(12, text.length - at + 1));
    const piece = below(3)
      ? pieces[below(pieces.length)]
      : String.fromCharCode(below(below(2) ? 128 : 0x2100));
    const changes = [
      () => text.slice(0, at) + piece + text.slice(at),
      () => text.slice(0, at) + text.slice(at + length),
      () => text.slice(0, at) + piece + text.slice(at + length),
      () => text.slice(0, at + length) + text.slice(at),
      () => text.slice(0, at),
    ];
    text = changes[below(changes.length)]();
  }
  return text;
}
