import { readFigure } from '../../../src/base/figure';
import { DASH, parseMarkdownTables, type ParsedTable } from '../../../src/base/markdown';
import { describeFlag } from '../../../src/lab/results/flags';

/**
 * How a cell is compared. `exact`: sizes, ratios, errors of weights, names; they follow from the bytes. `measured`: qualities, which must
 * lie within the committed interval. `speed`: times and memory, of which only the ratio is reported.
 */
export type FieldKind = 'exact' | 'measured' | 'speed';

/** One cell of a committed table beside the same cell of the new one. */
export interface ComparedField {
  table: string;
  row: string;
  column: string;
  kind: FieldKind;
  committed: string;
  found: string;
  /** New value ÷ committed value, if both are numbers other than zero. */
  ratio?: number;
  agrees: boolean;
}

const SPEED = /(Tokens|images|Examples)\/s|Encode ms|Peak|memory|seconds|samples/i;
/** Measured columns that have no interval of their own. */
const WITHOUT_INTERVAL = /^(KL|Top-1|Its KL|of these header$)/;
const VERDICT = /^(Verdict|Against|The file against|Rule|Within)/;
const FLAGS = 'Flags';
/** Columns that tell the rows of a table apart, beside the first. */
const NAMES = /^(Codec|Row|Task|Metric)$/;
/** The standard errors of a 95 % interval. */
const Z = 1.96;
/** How far a figure without an interval may move, as a share of itself and absolutely. */
const SHARE = 0.1;
const ABSOLUTE = 2e-4;

/**
 * Compares the tables of a committed document with those of a new one. Tables are matched by heading and columns, rows by their names; a
 * table or row that the new document lacks is a difference.
 */
export function compareTables(committed: string, found: string): ComparedField[] {
  const others = parseMarkdownTables(found);
  return parseMarkdownTables(committed).flatMap((table) => {
    const other = others.find((each) => titleOf(each) === titleOf(table) && isSameKind(each, table));
    return table.rows.flatMap((cells) => compareRow(table, cells, other));
  });
}

function compareRow(table: ParsedTable, cells: readonly string[], other?: ParsedTable): ComparedField[] {
  const row = nameOf(table, cells);
  const match = other?.rows.find((each) => nameOf(other, each) === row);
  const common = { table: titleOf(table), row };
  if (!other || !match)
    return [{ ...common, column: '', kind: 'exact', committed: 'a row', found: 'none', agrees: false }];
  return table.columns.map((column, i) => {
    const [before, after] = [cells[i], match[i]];
    return { ...common, column, committed: before, found: after, ...compareField(column, before, after) };
  });
}

/** Compares two cells of a column. */
export function compareField(
  column: string,
  committed: string,
  found: string,
): Pick<ComparedField, 'kind' | 'agrees' | 'ratio'> {
  const [before, after] = [readFigure(committed), readFigure(found)];
  const ratio = before && after && before.value !== 0 ? after.value / before.value : undefined;
  const shared = ratio === undefined ? {} : { ratio };
  if (column === FLAGS) return { kind: 'exact', agrees: flagsOfQuality(committed) === flagsOfQuality(found) };
  if (SPEED.test(column)) return { kind: 'speed', agrees: true, ...shared };
  if (VERDICT.test(column)) return { kind: 'measured', agrees: isSameVerdict(committed, found) };
  const interval = before?.ci95 ?? standardInterval(committed);
  if (interval || WITHOUT_INTERVAL.test(column)) {
    const [low, high] = interval ?? widened(before?.value ?? NaN);
    const agrees = committed === found || (after !== undefined && after.value >= low && after.value <= high);
    return { kind: 'measured', agrees, ...shared };
  }
  return { kind: 'exact', agrees: committed === found, ...shared };
}

/** Leaves out the flags that say on what, and how undisturbed, a record was measured, which need not be the same here. */
function flagsOfQuality(cell: string): string {
  const isKept = (flag: string) => flag !== DASH && !['device', 'speed'].includes(describeFlag(flag).affects);
  return cell.split(', ').filter(isKept).join();
}

/** A verdict may become "unsure" and back, since its interval touches zero; better never becomes worse. */
function isSameVerdict(committed: string, found: string): boolean {
  const words = [committed, found].map((text) => /^(better|worse|holds|fails)/.exec(text)?.[0]);
  return words[0] === words[1] || words.includes(undefined);
}

/** Returns the interval of a cell such as "4.33 ± 0.15". */
function standardInterval(text: string): [number, number] | undefined {
  const parts = text.split(' ± ').map((part) => readFigure(part)?.value);
  if (parts.length !== 2 || parts[0] === undefined || parts[1] === undefined) return undefined;
  return [parts[0] - Z * parts[1], parts[0] + Z * parts[1]];
}

function widened(value: number): [number, number] {
  const margin = Math.max(ABSOLUTE, SHARE * Math.abs(value));
  return [value - margin, value + margin];
}

function titleOf({ headings }: ParsedTable): string {
  return headings.at(-1) ?? '';
}

function isSameKind(one: ParsedTable, other: ParsedTable): boolean {
  return one.columns.join() === other.columns.join();
}

function nameOf({ columns }: ParsedTable, cells: readonly string[]): string {
  return cells.filter((_, i) => i === 0 || NAMES.test(columns[i])).join(' ');
}
