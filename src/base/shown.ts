/** Maximum lengths of a value and of a name in an error message, in characters. */
const MAX_SHOWN = 80;
const MAX_QUOTED = 120;

/**
 * Formats a value from an untrusted file for an error message: strings (cut to 80 characters) and numbers as JSON, "a list" and
 * "an object" for all others, which may be of any size and depth and may even have a key `toString`.
 */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && value.length > MAX_SHOWN)
    return `${JSON.stringify(value.slice(0, MAX_SHOWN))}…`;
  return JSON.stringify(value) ?? 'nothing';
}

/** Formats a name from an untrusted file for an error message: quoted, escaped, and cut to 120 characters. */
export function quoted(name: string): string {
  const text = JSON.stringify(name.slice(0, MAX_QUOTED));
  const whole = name.length <= MAX_QUOTED && text.length <= MAX_QUOTED;
  return whole ? text : `${text.slice(0, MAX_QUOTED)}…"`;
}
