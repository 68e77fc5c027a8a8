import { count, fixed, grouped, significant } from '../../../../src/base/format';
import type { LargeModel } from './largeModels';
import type { LargeRun } from './compressProcess';

/** One row of the table: a model, its sizes, and the cost of compressing it. */
export interface LargeRow extends LargeRun {
  name: string;
  label: string;
  parameters: number;
  checkpointBytes: number;
}

const COLUMNS = [
  'Model',
  'Parameters',
  'Checkpoint bytes',
  'Artefact bytes',
  'Seconds',
  'µs per 1,000 parameters',
  'Peak resident MiB',
  'Peak ÷ checkpoint',
];

/** Returns the results as a Markdown table. */
export function largeTable(rows: readonly LargeRow[]): string {
  const head = [line(COLUMNS), `|:--|${'--:|'.repeat(COLUMNS.length - 1)}`];
  return [...head, ...rows.map((row) => line(cells(row)))].join('\n');
}

function cells({ label, parameters, checkpointBytes, artefactBytes, seconds, peakBytes }: LargeRow) {
  return [
    label,
    `${count(parameters)} (${grouped(parameters)})`,
    grouped(checkpointBytes),
    grouped(artefactBytes),
    significant(seconds),
    significant((1e6 * seconds) / (parameters / 1000)),
    grouped(peakBytes / 2 ** 20),
    `${fixed(peakBytes / checkpointBytes, 2)}×`,
  ];
}

function line(values: readonly string[]): string {
  return `| ${values.join(' | ')} |`;
}

/** Returns whether the model's memory limit was kept, and a line that says so; undefined for a model without a limit. */
export function boundLine(
  { label, maxPeakBytes }: LargeModel,
  { peakBytes }: LargeRow,
): { kept: boolean; line: string } | undefined {
  if (maxPeakBytes === undefined) return undefined;
  const kept = peakBytes <= maxPeakBytes;
  const mebibytes = (bytes: number) => `${grouped(bytes / 2 ** 20)} MiB`;
  const verdict = kept ? 'kept' : 'EXCEEDED';
  return {
    kept,
    line: `${label}: peak resident memory ${mebibytes(peakBytes)}, limit ${mebibytes(maxPeakBytes)}: ${verdict}.`,
  };
}
