import type { LabRecord } from '../../lab/results/record';
import { qualityCounts } from '../../lab/results/flags';
import { paretoFrontier } from '../../lab/results/pareto';
import { scopeNote, shortLabel } from '../records/codecLabel';
import type { Entry } from '../store/records';

export type XAxis = 'bitsPerWeight' | 'bitsPerCodedWeight' | 'bytes';
export type YAxis = 'change' | 'value';

/** The quantities on the axes, and the scale. */
export interface ChartView {
  x: XAxis;
  y: YAxis;
  /** Whether y is logarithmic; null chooses by task: logarithmic for perplexity, linear for accuracy. */
  log: boolean | null;
}

/** A record as a point of the chart, in the units of the axes. */
export interface ChartPoint {
  id: string;
  record: LabRecord;
  label: string;
  x: number;
  y: number;
  /** 95 % interval of y. */
  low: number;
  high: number;
  frontier: boolean;
}

/** Normal quantile of a two-sided 95 % interval, for values with a standard error only. */
const Z95 = 1.959964;

/** Returns the size of a record on the x axis. */
export function xOf({ size }: LabRecord, axis: XAxis): number {
  return axis === 'bytes' ? size.totalBytes - size.assetBytes : size[axis];
}

/** Returns perplexity (or its change in percent), or accuracy in percent (or its change in points). */
function yOf({ quality: q }: LabRecord, axis: YAxis): Pick<ChartPoint, 'y' | 'low' | 'high'> {
  if (axis === 'change')
    return { y: q.deltaPercent, low: q.deltaPercentCi95[0], high: q.deltaPercentCi95[1] };
  const unit = q.task === 'image-accuracy' ? 100 : 1;
  return withStandardError(q.value * unit, q.standardError * unit);
}

/** Returns the baseline on the y axis: zero change, or its own value with its interval. */
export function baselineOf(record: LabRecord, axis: YAxis): Pick<ChartPoint, 'y' | 'low' | 'high'> {
  if (axis === 'change') return { y: 0, low: 0, high: 0 };
  const { task, baseline } = record.quality;
  const unit = task === 'image-accuracy' ? 100 : 1;
  return withStandardError(baseline.value * unit, baseline.standardError * unit);
}

function withStandardError(y: number, se: number): Pick<ChartPoint, 'y' | 'low' | 'high'> {
  return { y, low: y - Z95 * se, high: y + Z95 * se };
}

/** Returns codecs and opponents as points, with the frontier marked. The baseline is drawn as a line instead. */
export function chartPoints(entries: readonly Entry[], view: ChartView): ChartPoint[] {
  const points = entries
    .filter((e) => e.record.role !== 'baseline')
    .map(({ record }) => ({
      id: record.id,
      record,
      label: [shortLabel(record.codec), scopeNote(record)].filter(Boolean).join(', '),
      x: xOf(record, view.x),
      ...yOf(record, view.y),
      frontier: false,
    }));
  const best = frontierIds(points);
  return points.map((p) => ({ ...p, frontier: best.has(p.id) }));
}

/** Returns a number that is lower for better quality, for perplexity and accuracy alike. */
function lossOf({ quality }: LabRecord): number {
  return quality.task === 'image-accuracy' ? -quality.value : quality.value;
}

/**
 * Returns the ids of the points that no other point beats in both size and quality. Records with invalid quality are
 * left out.
 */
export function frontierIds(points: readonly { id: string; x: number; record: LabRecord }[]): Set<string> {
  const ranked = points
    .filter((p) => qualityCounts(p.record))
    .map(({ id, x, record }) => ({ id, size: x, quality: lossOf(record) }));
  return new Set(paretoFrontier(ranked, 'lower').map((p) => p.id));
}
