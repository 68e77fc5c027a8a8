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
