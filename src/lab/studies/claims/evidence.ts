import { requireFigure, type TableFigure } from '../../../base/figure';
import { LabError } from '../../../base/errors';
import { parseMarkdownTables } from '../../../base/markdown';
import { withInterval } from '../../../base/format';

/** Reads a committed file of the project as text, by its path from the project's folder. */
export type ReadFile = (path: string) => Promise<string>;

/** One figure of ours beside a claim. It is read from a committed result or computed when the ledger is made, and never typed in. */
export interface Evidence {
  label: string;
  /** The file the figure is read from; undefined if it is computed. */
  from?: string;
  figure(read: ReadFile): Promise<TableFigure>;
}

/** Where a cell stands in a table of a document. */
interface CellPlace {
  file: string;
  /** The end of the nearest heading above the table; any table if absent. */
  under?: string;
  /** The cell that identifies the row: its whole text, or a pattern of it. */
  row: string | RegExp;
  column: string;
  /** How many columns to the right of `column` the cell is, for headers that occur twice. */
  right?: number;
}

/** Makes evidence of a cell of a committed table. */
export function tableCell(label: string, place: CellPlace): Evidence {
  return {
    label,
    from: place.file,
    figure: async (read) => requireFigure(findCell(await read(place.file), place), whereText(place)),
  };
}

/** Makes evidence of a cell of words, such as a verdict. No claim is judged by it. */
export function tableText(label: string, place: CellPlace): Evidence {
  return {
    label,
    from: place.file,
    figure: async (read) => ({ text: findCell(await read(place.file), place), value: NaN }),
  };
}

function findCell(text: string, place: CellPlace): string {
  const { under, row: name, column, right = 0 } = place;
  for (const { headings, columns, rows } of parseMarkdownTables(text)) {
    const index = columns.indexOf(column) + right;
    if (!columns.includes(column) || !(headings.at(-1) ?? '').includes(under ?? '')) continue;
    const row = rows.find((cells) =>
      cells.some((cell) => (typeof name === 'string' ? cell === name : name.test(cell))),
    );
    if (row) return row[index];
  }
  throw new LabError(
    'bad-file',
    `${whereText(place)} does not exist.`,
    'Write the table again with its command, or correct the claim that names it.',
  );
}

function whereText({ file, under, row, column }: CellPlace): string {
  return `${file}, ${under ? `${under}, ` : ''}row ${String(row)}, column ${column}`;
}

/** The fields of a record that claims are compared with. */
interface RecordLike {
  role: string;
  codec: { spec: string };
  training?: { kind: string };
  size: { ratioFloat32: number };
  quality: { deltaPercent: number; deltaPercentCi95: [number, number] };
}

/** Makes evidence of the change of quality in a committed record. @param kind that of its training; absent for rounding alone */
export function recordedChange(label: string, folder: string, kind?: string): Evidence {
  const file = `docs/measurements/${folder}/records.json`;
  return {
    label,
    from: file,
    figure: async (read) => {
      const records = JSON.parse(await read(file)) as RecordLike[];
      const found = records.find((r) => r.role === 'codec' && r.training?.kind === kind);
      if (!found)
        throw new LabError('bad-file', `${file} has no record of ${kind ?? 'rounding'}.`, 'Train again.');
      const { deltaPercent: value, deltaPercentCi95: ci95 } = found.quality;
      const shown = withInterval(value, ci95);
      return { text: `${shown.value} ${shown.interval}`, value, ci95 };
    },
  };
}

/** Makes evidence of a value in a committed JSON file. @param pick takes it out of the parsed file */
export function jsonValue<File>(
  label: string,
  file: string,
  pick: (content: File) => number,
  format: (value: number) => string,
): Evidence {
  return {
    label,
    from: file,
    figure: async (read) => {
      const value = requireFinite(pick(JSON.parse(await read(file)) as File), `${file}: ${label}`);
      return { text: format(value), value };
    },
  };
}

/** Makes evidence of a pure computation. */
export function computed(
  label: string,
  compute: () => number | Promise<number>,
  format: (value: number) => string,
): Evidence {
  return {
    label,
    figure: async () => {
      const value = requireFinite(await compute(), label);
      return { text: format(value), value };
    },
  };
}

function requireFinite(value: number, label: string): number {
  if (Number.isFinite(value)) return value;
  throw new LabError('bad-file', `${label} is not a number.`, 'Correct the evidence of the claim.');
}
