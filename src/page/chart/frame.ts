import type { ChartPoint, ChartView } from './points';
import { baselineOn, isPerplexityOn, limitOn, type AxisValue } from './quality';
import { linearScale, logarithmic, symmetricLog } from './scale';
import type { Scale } from './scale';

/** Returns the colour of a CSS variable as `rgb(…)`. */
export type Palette = (variable: string) => string;

export interface FigureInput {
  points: readonly ChartPoint[];
  view: ChartView;
  selected: string | null;
  /** The limit of the loss that is drawn, in per cent of perplexity or points of accuracy. */
  limit?: number;
  palette: Palette;
  /** Size of the drawing in CSS pixels. */
  width: number;
  height: number;
}

/** The input of a figure with its scales, ranges and sizes. */
export interface Frame extends FigureInput {
  scale: Scale;
  range: { x: [number, number]; y: [number, number]; values: [number, number] };
  /** Size in CSS pixels inside the margins. */
  inner: { width: number; height: number };
  baseline: AxisValue;
  /** The limit on the y axis. */
  limitY?: number;
}

export const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Returns the margins in pixels, which are smaller in narrow charts. */
export function margins(width: number): { l: number; r: number; t: number; b: number } {
  return width < 520 ? { l: 62, r: 10, t: 12, b: 48 } : { l: 68, r: 20, t: 14, b: 52 };
}

/** Whether the quality axis is logarithmic. */
export function isLog(points: readonly ChartPoint[], view: ChartView): boolean {
  if (!supportsLogScale(points, view)) return false;
  return view.log ?? isPerplexity(points, view);
}

/** Whether a logarithmic scale is useful. It is not for accuracy, which lies between 0 and 100 %. */
export function supportsLogScale(points: readonly ChartPoint[], view: ChartView): boolean {
  return view.y === 'change' || isPerplexity(points, view);
}

/** Whether the points are perplexities and not shares. */
function isPerplexity([first]: readonly ChartPoint[], view: ChartView): boolean {
  return first === undefined || isPerplexityOn(first.record, view.y);
}

/** Computes scales, ranges and the size inside the margins. */
export function frameOf(input: FigureInput): Frame {
  const { points, view, width, height } = input;
  const baseline = baselineOn(points[0].record, view.y);
  const limitY = input.limit === undefined ? undefined : limitOn(points[0].record, view.y, input.limit);
  const lines = limitY === undefined ? [baseline.y] : [baseline.y, limitY];
  const scale = scaleOf(points, view);
  const floor = scale === logarithmic ? smallestPositive(points) : -Infinity;
  const lows = [...points.map((p) => Math.max(floor, p.low)), ...lines];
  const highs = [...points.map((p) => p.high), ...lines];
  const values: [number, number] = [Math.min(...lows), Math.max(...highs)];
  const { l, r, t, b } = margins(width);
  return {
    ...input,
    scale,
    baseline,
    limitY,
    range: {
      x: padded(Math.min(...points.map((p) => p.x)), Math.max(...points.map((p) => p.x)), 0.07),
      y: padded(scale.at(values[0]), scale.at(values[1]), 0.08),
      values,
    },
    inner: { width: width - l - r, height: height - t - b },
  };
}

function scaleOf(points: readonly ChartPoint[], view: ChartView): Scale {
  if (!isLog(points, view)) return linearScale;
  if (view.y !== 'change') return logarithmic;
  // Linear up to half a per cent (or percentage point), about where differences begin to matter.
  return symmetricLog(0.5);
}

function smallestPositive(points: readonly ChartPoint[]): number {
  return Math.min(...points.map((p) => p.y)) / 2;
}

function padded(low: number, high: number, share: number): [number, number] {
  const pad = (high - low || Math.abs(high) || 1) * share;
  return [low - pad, high + pad];
}
