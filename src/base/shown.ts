/** Longest value in a sentence; characters. */
const LONGEST = 80;

/**
 * A value from a hostile file in a sentence: texts, numbers and the like as JSON spells them, texts cut; of lists and objects only
 * what they are, since they may be of any size and depth, and may even call themselves `toString`.
 */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && value.length > LONGEST)
    return `${JSON.stringify(value.slice(0, LONGEST))}…`;
  return JSON.stringify(value) ?? 'nothing';
}
