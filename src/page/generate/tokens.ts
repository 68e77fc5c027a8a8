import { significant } from '../../base/format';
import type { GeneratedPiece } from '../../lab/generate/text';

/** Returns the index of the first token in which two texts differ, or Infinity while one is a prefix of the other. */
export function divergence(a: readonly GeneratedPiece[], b: readonly GeneratedPiece[]): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i].text !== b[i].text) return i;
  return Infinity;
}

/** The divergence in nats from which a token has the deepest colour, and that from which it is underlined. */
export const FULL_COLOUR = 1;
export const MARKED = 0.1;

/** Returns how deep a token is coloured, 0 … 1. The square root makes small divergences visible. */
export function depthOf(nats: number): number {
  return Math.min(1, Math.sqrt(nats / FULL_COLOUR));
}

/** Describes the divergences of a text in words: their mean and the largest; "" if they were not measured. */
export function divergenceText(tokens: readonly GeneratedPiece[]): string {
  const measured = tokens.flatMap(({ text, divergence: nats }, i) =>
    nats === undefined ? [] : [{ text, nats, at: i + 1 }],
  );
  if (measured.length === 0) return '';
  const mean = measured.reduce((sum, { nats }) => sum + nats, 0) / measured.length;
  const { text, nats, at } = measured.reduce((a, b) => (b.nats > a.nats ? b : a));
  return `Mean KL from float32 ${significant(mean)} nats; the most is ${significant(nats)} at token ${at}, “${text.trim()}”.`;
}
