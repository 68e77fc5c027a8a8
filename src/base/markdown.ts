/** The text of a cell without a value. */
export const DASH = '–';

/** A column of a table over rows of one kind. */
export type TableColumn<Row> = readonly [header: string, cell: (row: Row) => string, align?: 'left'];

/** Writes a Markdown table: a header, and a line for each row. Columns are aligned to the right unless they say otherwise. */
export function markdownTable<Row>(columns: readonly TableColumn<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const rule = columns.map(([, , align]) => (align === 'left' ? ':--' : '--:'));
  const body = rows.map((row) => line(columns.map(([, cell]) => cell(row))));
  return line(columns.map(([header]) => header)) + line(rule) + body.join('');
}

/** Escapes text for a cell of a table, on one line. */
export function cellText(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}

/** A table of a Markdown document, and the headings above it, from the first level to the nearest. */
export interface ParsedTable {
  headings: readonly string[];
  columns: readonly string[];
  rows: readonly (readonly string[])[];
}

/** Reads the tables of a document as `markdownTable` writes them. Other text, and tables in other forms, are skipped. */
export function parseMarkdownTables(text: string): ParsedTable[] {
  const tables: ParsedTable[] = [];
  const headings: string[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const heading = /^(#+) (.+)$/.exec(lines[at]);
    if (heading) headings.splice(heading[1].length - 1, Infinity, heading[2]);
    if (!/^\|[ :|-]+\|$/.test(lines[at + 1] ?? '') || !lines[at].startsWith('|')) continue;
    const columns = cellsOf(lines[at]);
    const rows: string[][] = [];
    for (at += 2; lines[at]?.startsWith('|'); at++) rows.push(cellsOf(lines[at]));
    tables.push({ headings: headings.filter(Boolean), columns, rows });
  }
  return tables;
}

/** Splits a line at the bars that are not escaped. */
function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}
