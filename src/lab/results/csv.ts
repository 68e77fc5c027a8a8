export type Cell = string | number | boolean | null | undefined;

/**
 * Rows as RFC 4180 text: CRLF line ends, full precision, empty cells for what is not known.
 */
export function csvText(rows: readonly (readonly Cell[])[]): string {
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

/**
 * One CSV cell. Text that a spreadsheet would run as a formula gets a leading apostrophe (OWASP, CSV injection): names
 * come from files the user opened.
 */
function csvCell(value: Cell): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
