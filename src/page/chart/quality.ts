import { metricText } from '../../lab/results/taskTable';
import type { LabRecord } from '../../lab/results/record';

/**
 * What the quality axis shows: the quality on the plan's data (`value`), its change from the baseline (`change`), or a metric of a task
 * (`task TASK METRIC`, as `taskAxes` lists them).
 */
export type YAxis = 'change' | 'value' | TaskAxis;
type TaskAxis = `task ${string}`;

/** A value on the axis, with its 95 % interval. */
export interface AxisValue {
  y: number;
  low: number;
  high: number;
}

type TaskMetric = NonNullable<LabRecord['tasks']>[number]['metrics'][number];

/** Normal quantile of a two-sided 95 % interval, for values with a standard error only. */
const Z95 = 1.959964;

/** Lists the metrics of the tasks that records have, each with its name on the axis. */
export function taskAxes(records: readonly LabRecord[]): ReadonlyMap<YAxis, string> {
  const axes = new Map<YAxis, string>();
  for (const { tasks = [] } of records)
    for (const { task, label, metrics } of tasks)
      for (const metric of metrics) axes.set(`task ${task} ${metric.id}`, `${label}: ${metric.label}`);
  return axes;
}

/** Returns an axis that records have: the given one, or the change. */
export function shownAxis(records: readonly LabRecord[], axis: YAxis): YAxis {
  return isTaskAxis(axis) && !taskAxes(records).has(axis) ? 'change' : axis;
}

/** Returns perplexity (or its change in per cent), or a share in per cent (or its change in points); undefined for a task not asked. */
export function valueOn(record: LabRecord, axis: YAxis): AxisValue | undefined {
  const { quality } = record;
  if (isTaskAxis(axis)) {
    const metric = taskMetric(record, axis);
    return metric && estimateOn(metric, isPerplexityOn(record, axis));
  }
  if (axis === 'value') return estimateOn(quality, isPerplexityOn(record, axis));
  const [low, high] = quality.deltaPercentCi95;
  return { y: quality.deltaPercent, low, high };
}

/** Returns the baseline on the axis: zero change, or its own value with its interval. */
export function baselineOn(record: LabRecord, axis: YAxis): AxisValue {
  if (axis === 'change') return { y: 0, low: 0, high: 0 };
  const metric = taskMetric(record, axis);
  const baseline = isTaskAxis(axis) ? (metric?.comparison?.baseline ?? metric) : record.quality.baseline;
  return baseline ? estimateOn(baseline, isPerplexityOn(record, axis)) : { y: NaN, low: NaN, high: NaN };
}

/** Whether the axis shows perplexities, which are better the lower they are, and not shares. */
export function isPerplexityOn(record: LabRecord, axis: YAxis): boolean {
  return isTaskAxis(axis)
    ? taskMetric(record, axis)?.kind === 'perplexity'
    : record.quality.task === 'perplexity';
}

/** Returns a number that is lower for better quality. */
export function lossOn(record: LabRecord, axis: YAxis): number {
  const value = isTaskAxis(axis) ? (taskMetric(record, axis)?.value ?? NaN) : record.quality.value;
  return isPerplexityOn(record, axis) ? value : -value;
}

/** The title of the axis. */
export function axisTitle(record: LabRecord, axis: YAxis): string {
  if (isTaskAxis(axis)) {
    const title = taskAxes([record]).get(axis) ?? '';
    return isPerplexityOn(record, axis) ? title : `${title} (%)`;
  }
  if (isPerplexityOn(record, axis)) return axis === 'change' ? 'Change in perplexity (%)' : 'Perplexity';
  return axis === 'change' ? 'Change in accuracy (percentage points)' : 'Accuracy (%)';
}

/** Says what a record scored in the task of the axis; undefined for another axis. */
export function taskText(record: LabRecord, axis: YAxis): string | undefined {
  const metric = taskMetric(record, axis);
  return metric && `${taskAxes([record]).get(axis)} ${metricText(metric)}`;
}

function isTaskAxis(axis: YAxis): axis is TaskAxis {
  return axis.startsWith('task ');
}

function taskMetric({ tasks = [] }: LabRecord, axis: YAxis): TaskMetric | undefined {
  return tasks
    .flatMap(({ task, metrics }) => metrics.map((metric) => ({ axis: `task ${task} ${metric.id}`, metric })))
    .find((each) => each.axis === axis)?.metric;
}

function estimateOn(
  { value, standardError }: { value: number; standardError: number },
  isPerplexity: boolean,
): AxisValue {
  const unit = isPerplexity ? 1 : 100;
  return {
    y: unit * value,
    low: unit * (value - Z95 * standardError),
    high: unit * (value + Z95 * standardError),
  };
}

/**
 * Returns where a limit of the loss, in per cent of perplexity or points of accuracy, lies on the y axis; undefined on the axis of a
 * task.
 */
export function limitOn({ quality }: LabRecord, axis: YAxis, limit: number): number | undefined {
  const { task, baseline } = quality;
  const isText = task === 'perplexity';
  if (axis === 'change') return isText ? limit : -limit;
  if (axis !== 'value') return undefined;
  return isText ? baseline.value * (1 + limit / 100) : 100 * baseline.value - limit;
}
