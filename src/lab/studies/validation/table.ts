import { needsCalibration } from '../../../codecs/contract/registry';
import { parseCodec } from '../../../codecs/contract/spec';
import { measuredWhere } from '../../results/export';
import { fixed, grouped } from '../../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../../base/markdown';
import type { LabRecord } from '../../results/record';
import type { Results } from '../namedPlans/definition';
import { bounds, cellBounds, type PublishedCell, type PublishedGrid } from './grid';
import { SHIPPED_CALIBRATION, specOf } from './plan';

type ValidationResults = Pick<Results, 'records' | 'failures'>;

type Outcome = 'pass' | 'FAIL' | 'not comparable' | 'not measured';

/** One line of the table: a published figure beside ours. */
export interface ValidationRow {
  /** Codec, or what else was measured. */
  name: string;
  printed: number;
  also?: number;
  ours?: number;
  /** The smallest and the largest value that pass. */
  bounds: [number, number];
  outcome: Outcome;
  /** Why there is no figure. */
  failure?: string;
}

/**
 * Compares measured with published figures.
 * @param cells the cells that were requested
 */
export function validationRows(
  grid: PublishedGrid,
  cells: readonly PublishedCell[],
  { records, failures }: ValidationResults,
): ValidationRow[] {
  const baseline = records.find(({ role }) => role === 'baseline');
  const comparable = baseline?.quality.windows === grid.windows;
  const judge = (ours: number | undefined, [low, high]: [number, number]): Outcome => {
    if (ours === undefined) return 'not measured';
    if (!comparable) return 'not comparable';
    return ours >= low && ours <= high ? 'pass' : 'FAIL';
  };
  const row = (
    name: string,
    printed: Pick<ValidationRow, 'printed' | 'also' | 'bounds'>,
    record?: LabRecord,
  ): ValidationRow => {
    const ours = record?.quality.value;
    const failure = failures.get(name);
    return {
      ...{ name, ...printed, outcome: judge(ours, printed.bounds) },
      ...(ours !== undefined && { ours }),
      ...(failure !== undefined && { failure }),
    };
  };
  const float = { printed: grid.float.value, also: grid.float.also, bounds: bounds(grid.float) };
  return [
    row('float32, not compressed', float, baseline),
    ...cells.map((cell) => {
      const record = records.find((r) => r.role !== 'baseline' && r.codec.spec === specOf(cell));
      const allowed = cellBounds(cell, !usesShippedText(record));
      return row(specOf(cell), { printed: cell.value, also: cell.also, bounds: allowed }, record);
    }),
  ];
}

/** Whether a record's codec was calibrated on the shipped text, which is not the sources'. */
function usesShippedText(record: LabRecord | undefined): boolean {
  return record?.codec.calibration?.dataset === SHIPPED_CALIBRATION;
}

/**
 * Whether every requested figure was measured and is within its bounds.
 * @param limited whether fewer windows were requested; only then figures that are not comparable are no failure
 */
export function passed(rows: readonly ValidationRow[], limited: boolean): boolean {
  return rows.every(({ outcome }) => outcome === 'pass' || (limited && outcome === 'not comparable'));
}

const COLUMNS: readonly TableColumn<ValidationRow>[] = [
  ['Codec', ({ name }) => `\`${name}\``, 'left'],
  ['Ours', ({ ours }) => (ours === undefined ? DASH : figure(ours))],
  ['In print', ({ printed }) => figure(printed)],
  ['Also in print', ({ also }) => (also === undefined ? DASH : figure(also))],
  ['Passes from … to', ({ bounds: [low, high] }) => `${figure(low)} … ${figure(high)}`],
  ['Result', ({ outcome, failure }) => (failure ? `${outcome}: ${failure}` : outcome), 'left'],
];

/** Formats a perplexity with four decimals as in print, or with two from 100 on. */
function figure(value: number): string {
  return fixed(value, value < 100 ? 4 : 2);
}

/** Writes the whole report as Markdown, also for a run that was stopped. */
export function validationText(
  grid: PublishedGrid,
  rows: readonly ValidationRow[],
  { records }: ValidationResults,
): string {
  const { title, source, alsoSource, note } = grid;
  const lines = [
    `In print: ${source}.${alsoSource ? ` Also: ${alsoSource}.` : ''} ${note}`,
    ...calibrationLines(rows, records),
    ...comparabilityLines(grid, records),
    ...(records.length > 0 ? [measuredWhere(records)] : []),
  ];
  return `### ${title}\n\n${markdownTable(COLUMNS, rows)}\n${lines.map((line) => `${line}\n`).join('\n')}`;
}

/** Says which calibration text was used instead of the sources' C4, since the bounds depend on it. */
function calibrationLines(rows: readonly ValidationRow[], records: readonly LabRecord[]): string[] {
  const isCalibrated = rows.slice(1).some(({ name }) => needsCalibration(parseCodec(name)));
  const used = records.map(({ codec }) => codec.calibration).find((calibration) => calibration !== undefined);
  if (!isCalibrated || !used) return [];
  const text = `Calibration: ${used.windows} windows of ${used.dataset}; the sources take 128 of C4, which the lab does not have.`;
  return [
    used.dataset === SHIPPED_CALIBRATION
      ? `${text} Children's stories are narrower than web pages: a codec calibrated on them passes up to the printed figure of plain rounding with the same bits and groups. \`--calibration FILE\` with C4 or like text holds it to the printed figure.`
      : `${text} ${used.dataset} is taken to be like it.`,
  ];
}

function comparabilityLines(grid: PublishedGrid, records: readonly LabRecord[]): string[] {
  const windows = records[0]?.quality.windows;
  if (windows === undefined || windows === grid.windows) return [];
  return [
    `Not comparable: ${grouped(windows)} windows were scored; the figures in print are over ${grid.windows}.`,
  ];
}
