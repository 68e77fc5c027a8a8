import { count, fixed, grouped, significant } from '../../../../src/base/format';
import type { Rung } from './ladder';
import type { LargeRun } from './compressProcess';

/** One model of the ladder. */
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
  'of the checkpoint',
];

/** Markdown. */
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

/** Whether a promised bound was kept, as a sentence; undefined where none is promised. */
export function boundLine(
  { label, maxPeakBytes }: Rung,
  { peakBytes }: LargeRow,
): { kept: boolean; line: string } | undefined {
  if (maxPeakBytes === undefined) return undefined;
  const kept = peakBytes <= maxPeakBytes;
  const mebibytes = (bytes: number) => `${grouped(bytes / 2 ** 20)} MiB`;
  const verdict = kept ? 'kept' : 'NOT kept';
  return {
    kept,
    line: `${label}: ${mebibytes(peakBytes)} of at most ${mebibytes(maxPeakBytes)} resident: ${verdict}.`,
  };
}
