export type Cell = string | number | boolean | null | undefined;

/** Writes rows as RFC 4180 text: CRLF line ends, full precision, empty cells for unknown values. */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/**
 * Writes one CSV cell. Text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection),
 * since names come from files the user opened.
 */
function csvCell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
