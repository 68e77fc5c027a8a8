import { fixed, grouped, significant, signed, withError, withInterval } from '../../base/format';
import { DASH, markdownTable, type TableColumn } from '../../base/markdown';
import { perplexityWithinMargin, valueWithinMargin, type WithinMargin } from '../tasks/contract/summary';
import { csvText, type Cell } from './csv';
import type { LabRecord, Quality } from './record';
import type { TaskResult } from './taskResult';

/** One metric of one task, in the terms of tables. */
export type TaskMetricResult = TaskResult['metrics'][number];

interface TaskRow {
  record: LabRecord;
  task: TaskResult;
  metric: TaskMetricResult;
}

/** A metric of a task, or the perplexity that was measured beside them. */
export interface ScoreRow {
  record: LabRecord;
  /** The task as plans spell it; for the perplexity the data set. */
  task: string;
  /** Examples, or windows. */
  examples?: number;
  examplesPerSecond?: number;
  metric: TaskMetricResult;
}

/** Lists what records with tasks scored in each, after their perplexity, which is judged in the same way. */
export function scoreRows(records: readonly LabRecord[]): ScoreRow[] {
  return records.flatMap((record) => {
    const { tasks = [], quality } = record;
    if (tasks.length === 0) return [];
    const perplexity = {
      record,
      task: quality.dataset,
      examples: quality.windows,
      metric: qualityMetric(record),
    };
    const scores = rowsOf([record]).map(({ task: { task, examples, examplesPerSecond }, metric }) => {
      return { record, task, examples, examplesPerSecond, metric };
    });
    return [perplexity, ...scores];
  });
}

function qualityMetric(record: LabRecord): TaskMetricResult {
  const { value, standardError, baseline, delta, deltaCi95, deltaPercent } = record.quality;
  const withinTenPercent = qualityWithinMargin(record);
  return {
    ...{ id: 'perplexity', label: 'Perplexity', kind: 'perplexity', value, standardError },
    ...(withinTenPercent && {
      comparison: { baseline, delta, deltaCi95, changePercent: deltaPercent, withinTenPercent },
    }),
  };
}

/** Whether the measured quality is within 10 % of the baseline's, by its interval; undefined for the baseline. */
export function qualityWithinMargin({
  role,
  quality,
}: Pick<LabRecord, 'role' | 'quality'>): WithinMargin | undefined {
  if (role === 'baseline') return undefined;
  const { task, deltaPercentCi95, deltaCi95, baseline }: Quality = quality;
  return task === 'perplexity'
    ? perplexityWithinMargin(deltaPercentCi95)
    : valueWithinMargin(deltaCi95, baseline.value);
}

/** Formats a value with its standard error: a perplexity as it is, a share in per cent. */
export function metricText({ kind, value, standardError }: TaskMetricResult): string {
  return kind === 'perplexity'
    ? withError(value, standardError)
    : `${withError(100 * value, 100 * standardError)} %`;
}

/** Formats the difference from the baseline with its interval, of shares in points: "−1.5 [−3.2, +0.1]"; a dash for the baseline. */
export function metricDelta({ kind, comparison }: TaskMetricResult): string {
  if (!comparison) return DASH;
  const scale = kind === 'perplexity' ? 1 : 100;
  const [low, high] = comparison.deltaCi95;
  const { value, interval } = withInterval(scale * comparison.delta, [scale * low, scale * high]);
  return `${value} ${interval}`;
}

/** Formats the relative change: "−4.2 %"; a dash where the baseline is 0. */
export function metricChange({ comparison }: TaskMetricResult): string {
  const change = comparison?.changePercent;
  return change === undefined || change === null ? DASH : `${signed(change, 1)} %`;
}

/** Writes a table of what the records' tasks found, and of the perplexity beside them; "" without tasks. */
export function tasksToMarkdown(records: readonly LabRecord[]): string {
  const rows = scoreRows(records);
  return rows.length === 0 ? '' : markdownTable(COLUMNS, rows);
}

const COLUMNS: readonly TableColumn<ScoreRow>[] = [
  ['Codec', ({ record }) => codecName(record), 'left'],
  ['Bits/weight', ({ record }) => fixed(record.size.bitsPerWeight, 2)],
  ['Task', ({ task }) => task.replaceAll('|', '\\|'), 'left'],
  ['Examples', ({ examples }) => (examples === undefined ? DASH : grouped(examples))],
  ['Metric', ({ metric }) => metric.label, 'left'],
  ['Value ± SE', ({ metric }) => metricText(metric)],
  ['Δ [95 %]', ({ metric }) => metricDelta(metric)],
  ['Change', ({ metric }) => metricChange(metric)],
  ['Within 10 %', ({ metric }) => metric.comparison?.withinTenPercent ?? DASH, 'left'],
  [
    'Examples/s',
    ({ examplesPerSecond }) => (examplesPerSecond === undefined ? DASH : significant(examplesPerSecond)),
  ],
];

function codecName({ role, codec }: LabRecord): string {
  if (role === 'baseline') return codec.label;
  return `\`${codec.spec}\`${role === 'opponent' ? ' (opponent)' : ''}`;
}

function rowsOf(records: readonly LabRecord[]): TaskRow[] {
  return records.flatMap((record) =>
    (record.tasks ?? []).flatMap((task) => task.metrics.map((metric) => ({ record, task, metric }))),
  );
}

type CsvColumn = readonly [header: string, cell: (row: TaskRow) => Cell];

/** Columns of the CSV of tasks. Their names and order are stable: add at the end only. */
const CSV_COLUMNS: readonly CsvColumn[] = [
  ['id', ({ record }) => record.id],
  ['model', ({ record }) => record.model.id],
  ['codec', ({ record }) => record.codec.spec],
  ['role', ({ record }) => record.role],
  ['bits_per_weight', ({ record }) => record.size.bitsPerWeight],
  ['task', ({ task }) => task.task],
  ['dataset', ({ task }) => task.dataset],
  ['dataset_sha256', ({ task }) => task.datasetSha256],
  ['examples', ({ task }) => task.examples],
  ['left_out', ({ task }) => task.leftOut.length],
  ['metric', ({ metric }) => metric.id],
  ['kind', ({ metric }) => metric.kind],
  ['value', ({ metric }) => metric.value],
  ['se', ({ metric }) => metric.standardError],
  ['baseline', ({ metric }) => metric.comparison?.baseline.value],
  ['baseline_se', ({ metric }) => metric.comparison?.baseline.standardError],
  ['delta', ({ metric }) => metric.comparison?.delta],
  ['delta_low', ({ metric }) => metric.comparison?.deltaCi95[0]],
  ['delta_high', ({ metric }) => metric.comparison?.deltaCi95[1]],
  ['change_percent', ({ metric }) => metric.comparison?.changePercent],
  ['within_10_percent', ({ metric }) => metric.comparison?.withinTenPercent],
  ['examples_per_second', ({ task }) => task.examplesPerSecond],
];

/** Writes what the records' tasks found as RFC 4180 text, a line for each metric; undefined without tasks. */
export function tasksToCsv(records: readonly LabRecord[]): string | undefined {
  const rows = rowsOf(records);
  if (rows.length === 0) return undefined;
  const header = CSV_COLUMNS.map(([name]) => name);
  return csvText([header, ...rows.map((row) => CSV_COLUMNS.map(([, cell]) => cell(row)))]);
}

/** Writes the metrics of a record into one cell: "lambada.accuracy=0.31 lambada.perplexity=20.4". */
export function tasksCell({ tasks }: LabRecord): string | undefined {
  return tasks
    ?.flatMap(({ task, metrics }) => metrics.map(({ id, value }) => `${task}.${id}=${value}`))
    .join(' ');
}
