import type { LabRecord } from '../../lab/results/record';
import { qualityCounts } from '../../lab/results/flags';
import { paretoFrontier } from '../../lab/results/pareto';
import { scopeNote, shortLabel } from '../records/codecLabel';
import type { Entry } from '../store/records';
import { lossOn, valueOn, type AxisValue, type YAxis } from './quality';

export type XAxis = 'bitsPerWeight' | 'bitsPerCodedWeight' | 'bytes';

/** The quantities on the axes, and the scale. */
export interface ChartView {
  x: XAxis;
  y: YAxis;
  /** Whether y is logarithmic; null chooses by quantity: logarithmic for perplexity, linear for accuracy. */
  log: boolean | null;
}

/** A record as a point of the chart, in the units of the axes. */
export interface ChartPoint extends AxisValue {
  id: string;
  record: LabRecord;
  label: string;
  x: number;
  frontier: boolean;
}

/** Returns the size of a record on the x axis. */
export function xOf({ size }: LabRecord, axis: XAxis): number {
  return axis === 'bytes' ? size.totalBytes - size.assetBytes : size[axis];
}

/** Returns codecs and opponents as points, with the frontier marked. The baseline is drawn as a line instead. */
export function chartPoints(entries: readonly Entry[], view: ChartView): ChartPoint[] {
  const points = entries.flatMap(({ record }) => {
    const value = record.role === 'baseline' ? undefined : valueOn(record, view.y);
    const label = [shortLabel(record.codec), scopeNote(record)].filter(Boolean).join(', ');
    return value ? [{ id: record.id, record, label, x: xOf(record, view.x), ...value, frontier: false }] : [];
  });
  const best = frontierIds(points, view.y);
  return points.map((p) => ({ ...p, frontier: best.has(p.id) }));
}

/**
 * Returns the ids of the points that no other point beats in both size and quality. Records with invalid quality are
 * left out.
 */
export function frontierIds(
  points: readonly { id: string; x: number; record: LabRecord }[],
  axis: YAxis = 'value',
): Set<string> {
  const ranked = points
    .filter((p) => qualityCounts(p.record))
    .map(({ id, x, record }) => ({ id, size: x, quality: lossOn(record, axis) }));
  return new Set(paretoFrontier(ranked, 'lower').map((p) => p.id));
}
