/** Names of sets in POSIX, and of properties in Oniguruma that JavaScript does not have or takes for another set. */
const NAMED: Record<string, string | undefined> = {
  alpha: '\\p{Alphabetic}',
  digit: '\\p{Nd}',
  space: '\\p{White_Space}',
  lower: '\\p{Lowercase}',
  upper: '\\p{Uppercase}',
  alnum: '\\p{Alphabetic}\\p{Nd}',
  xdigit: '0-9A-Fa-f',
  ...{
    word: undefined,
    punct: undefined,
    blank: undefined,
    cntrl: undefined,
    graph: undefined,
    print: undefined,
  },
};

/**
 * Returns a property of Oniguruma, a general category, a binary property or a script, as the content of a JavaScript class
 * with the flag v; undefined if there is none that is equal.
 */
export function propertySource(name: string): string | undefined {
  const plain = name.trim().replaceAll(' ', '_');
  const lower = plain.toLowerCase();
  if (Object.hasOwn(NAMED, lower)) return NAMED[lower];
  const spellings = [plain, plain[0].toUpperCase() + plain.slice(1).toLowerCase()];
  const sources = spellings.flatMap((spelling) => [`\\p{${spelling}}`, `\\p{Script=${spelling}}`]);
  return sources.find(isValid);
}

function isValid(source: string): boolean {
  try {
    return new RegExp(source, 'v').source === source;
  } catch {
    return false;
  }
}
