/** Longest value and longest name in a sentence; characters. */
const MAX_SHOWN = 80;
const MAX_QUOTED = 120;

/**
 * A value from a hostile file as it can stand in a sentence: texts (cut) and numbers as JSON spells them. Lists and objects are only
 * called that, since they may be of any size and depth, and may even call themselves `toString`.
 */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && value.length > MAX_SHOWN)
    return `${JSON.stringify(value.slice(0, MAX_SHOWN))}…`;
  return JSON.stringify(value) ?? 'nothing';
}

/** A name from a hostile file as it can stand in a sentence: quoted, escaped, and cut to at most 120 characters. */
export function quoted(name: string): string {
  const text = JSON.stringify(name.slice(0, MAX_QUOTED));
  const whole = name.length <= MAX_QUOTED && text.length <= MAX_QUOTED;
  return whole ? text : `${text.slice(0, MAX_QUOTED)}…"`;
}
