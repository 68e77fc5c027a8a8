/** Numbers formatted for people, on the page and in the terminal. The digits of a measured value follow from its error. */

/**
 * Returns the number of decimals that show an error of this size with two significant digits; 3 if the error is zero or
 * unknown.
 */
export function decimalsFor(error: number): number {
  if (!Number.isFinite(error) || error <= 0) return 3;
  return Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(error))));
}

/** Formats a value with its standard error, such as "14.532 ± 0.041"; the error determines the decimals. */
export function withError(value: number, standardError: number): string {
  const decimals = decimalsFor(standardError);
  return `${fixed(value, decimals)} ± ${fixed(standardError, decimals)}`;
}

/**
 * Formats a difference with its interval, such as "+0.82" and "[+0.61, +1.03]"; half the interval's width determines the
 * decimals.
 */
export function withInterval(
  value: number,
  [low, high]: readonly [number, number],
): { value: string; interval: string } {
  const decimals = decimalsFor((high - low) / 2);
  return {
    value: signed(value, decimals),
    interval: `[${signed(low, decimals)}, ${signed(high, decimals)}]`,
  };
}

/** Formats a number with fixed decimals, a typographic minus sign and thousands separators. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toLocaleString('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** Formats a number as `fixed` does, with an explicit plus sign; zero has no sign. */
export function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return text.startsWith('−') || !/[1-9]/.test(text) ? text : `+${text}`;
}

/** Formats a number with three significant digits, in scientific notation below 1e-4: "0.0123", "3.1e−6". */
export function significant(value: number, digits = 3): string {
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -4) return value.toExponential(digits - 2).replace(/-/g, '−');
  return fixed(value, Math.max(0, digits - 1 - magnitude));
}

/** Formats a whole number with thousands separators, such as "163,840". */
export function grouped(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/**
 * Formats a number of bytes in decimal units, such as "164 kB" or "15.0 MB". It is meant for prose; tables show the exact
 * count.
 */
export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return step === 0 ? `${grouped(value)} bytes` : `${significant(value / 1000 ** step)} ${units[step]}`;
}

/** Formats a count in thousands or millions, such as "260 K" or "3.80 M". */
export function count(value: number): string {
  if (value < 1000) return grouped(value);
  return value < 1e6 ? `${significant(value / 1e3)} K` : `${significant(value / 1e6)} M`;
}

/** Formats a duration, such as "41 s", "3 min 05 s" or "1 h 02 min"; "< 1 s" if it rounds to 0 s. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return '< 1 s';
  if (seconds < 60) return `${seconds} s`;
  const two = (n: number) => String(n).padStart(2, '0');
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${two(Math.floor((seconds % 3600) / 60))} min`;
}

/** Formats an estimated duration with one or two digits, such as "about 40 s" or "about 3 min". */
export function approximateDuration(ms: number): string {
  const seconds = Math.max(1, ms / 1000);
  if (seconds < 10) return `about ${Math.ceil(seconds)} s`;
  if (seconds < 100) return `about ${Math.round(seconds / 5) * 5} s`;
  return seconds < 5400
    ? `about ${Math.round(seconds / 60)} min`
    : `about ${significant(seconds / 3600, 2)} h`;
}

/** Formats the local date and time for file names, such as "2026-02-03-1405". */
export function fileStamp(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}-${two(date.getHours())}${two(date.getMinutes())}`;
}
