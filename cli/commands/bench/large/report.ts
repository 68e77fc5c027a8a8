import { bytes, count, fixed, grouped, significant } from '../../../../src/base/format';
import type { ProcessCost } from '../../../shared/commandProcess';
import type { LargeModel } from './largeModels';
import type { Compression, MeasuredPerplexity } from './measure';

/** A model, its sizes, and what compressing and measuring it cost. */
export interface LargeRow {
  name: string;
  label: string;
  parameters: number;
  checkpointBytes: number;
  compression: Compression;
  /** Absent for a model whose context is shorter than the windows. */
  measurement?: MeasuredPerplexity;
  /** Load of the machine at the end, over 1, 5 and 15 minutes. */
  loadAverage: readonly number[];
}

const COST_COLUMNS = [
  'Seconds',
  'Processor seconds',
  'Processor µs per 1,000 parameters',
  'Peak resident MiB',
  'Peak ÷ checkpoint',
];

/** Returns the costs of compressing as a Markdown table. */
export function compressionTable(rows: readonly LargeRow[]): string {
  const columns = ['Compressing', 'Parameters', 'Checkpoint bytes', 'Artefact bytes', ...COST_COLUMNS];
  return table(
    columns,
    rows.map((row) => [
      row.label,
      `${count(row.parameters)} (${grouped(row.parameters)})`,
      grouped(row.checkpointBytes),
      grouped(row.compression.artefactBytes),
      ...costCells(row, row.compression),
    ]),
  );
}

/** Returns the costs of measuring as a Markdown table. @param memory the limit in bytes */
export function measurementTable(rows: readonly LargeRow[], memory: number): string {
  const columns = [
    `Measuring, ${bytes(memory)} allowed`,
    'In parts',
    'Perplexity float32',
    'Perplexity codec',
    ...COST_COLUMNS,
  ];
  const cells = (row: LargeRow, found: MeasuredPerplexity) => [
    row.label,
    found.inParts ? 'yes' : 'no',
    significant(found.baseline),
    significant(found.perplexity),
    ...costCells(row, found),
  ];
  return table(
    columns,
    rows.flatMap((row) => (row.measurement ? [cells(row, row.measurement)] : [])),
  );
}

function costCells(
  { parameters, checkpointBytes }: LargeRow,
  { seconds, processorSeconds, peakBytes }: ProcessCost,
): string[] {
  return [
    significant(seconds),
    significant(processorSeconds),
    significant((1e6 * processorSeconds) / (parameters / 1000)),
    grouped(peakBytes / 2 ** 20),
    `${fixed(peakBytes / checkpointBytes, 2)}×`,
  ];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (values: readonly string[]) => `| ${values.join(' | ')} |`;
  return [line(columns), `|:--|${'--:|'.repeat(columns.length - 1)}`, ...rows.map(line)].join('\n');
}

/** Returns for each memory limit of a model whether it was kept, and a line that says so. */
export function boundLines(
  { label, maxPeakBytes }: LargeModel,
  { compression, measurement }: LargeRow,
): { kept: boolean; line: string }[] {
  if (!maxPeakBytes) return [];
  const mebibytes = (value: number) => `${grouped(value / 2 ** 20)} MiB`;
  const bound = (what: string, peak: number, limit: number) => ({
    kept: peak <= limit,
    line: `${label}, ${what}: peak resident memory ${mebibytes(peak)}, limit ${mebibytes(limit)}: ${peak <= limit ? 'kept' : 'EXCEEDED'}.`,
  });
  return [
    bound('compressing', compression.peakBytes, maxPeakBytes.compress),
    ...(measurement ? [bound('measuring', measurement.peakBytes, maxPeakBytes.measure)] : []),
  ];
}
