import type { PlotlyObject } from 'plotly.js-basic-dist-min';
import { bytes, fixed, significant } from '../../lab/format';
import { describeFlag } from '../validity';
import { placeLabels } from './labels';
import type { Corner, LabelPosition } from './labels';
import { baselineOf } from './points';
import type { ChartPoint, ChartView } from './points';
import { linear, logarithmic, symmetricLog } from './scale';
import type { Scale } from './scale';
import { codecStyle } from './style';

/** Colours as `rgb(…)` by CSS variable name, read from the page when the chart is drawn. */
export type Palette = (variable: string) => string;

export interface FigureInput {
  points: readonly ChartPoint[];
  view: ChartView;
  selected: string | null;
  palette: Palette;
  /** Size of the drawing in CSS pixels. */
  width: number;
  height: number;
}

export interface Figure {
  data: PlotlyObject[];
  layout: PlotlyObject;
}

interface Frame extends FigureInput {
  scale: Scale;
  range: { x: [number, number]; y: [number, number]; values: [number, number] };
  /** The drawing's inner size. */
  inner: { width: number; height: number };
  baseline: Pick<ChartPoint, 'y' | 'low' | 'high'>;
}

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Margins in pixels; narrow drawings keep more of their width for the curve. */
function margins(width: number): { l: number; r: number; t: number; b: number } {
  return width < 520 ? { l: 62, r: 10, t: 12, b: 48 } : { l: 68, r: 20, t: 14, b: 52 };
}

export function isLog(points: readonly ChartPoint[], view: ChartView): boolean {
  if (!logPossible(points, view)) return false;
  return view.log ?? isPerplexity(points);
}

/** Accuracy itself lives between 0 and 100 %: a logarithm would say nothing. */
export function logPossible(points: readonly ChartPoint[], view: ChartView): boolean {
  return view.y === 'change' || isPerplexity(points);
}

function isPerplexity(points: readonly ChartPoint[]): boolean {
  return points[0]?.record.quality.task !== 'image-accuracy';
}

/** Records, options and colours in, plotly's data and layout out: no DOM, no state. */
export function buildFigure(input: FigureInput): Figure {
  const frame = frameOf(input);
  return { data: [frontierTrace(frame), ...pointTraces(frame), ...ring(frame)], layout: layoutOf(frame) };
}

function frameOf(input: FigureInput): Frame {
  const { points, view, width, height } = input;
  const baseline = baselineOf(points[0].record, view.y);
  const scale = scaleOf(points, view);
  const floor = scale === logarithmic ? smallestPositive(points) : -Infinity;
  const lows = [...points.map((p) => Math.max(floor, p.low)), baseline.y];
  const highs = [...points.map((p) => p.high), baseline.y];
  const values: [number, number] = [Math.min(...lows), Math.max(...highs)];
  const { l, r, t, b } = margins(width);
  return {
    ...input,
    scale,
    baseline,
    range: {
      x: padded(Math.min(...points.map((p) => p.x)), Math.max(...points.map((p) => p.x)), 0.07),
      y: padded(scale.at(values[0]), scale.at(values[1]), 0.08),
      values,
    },
    inner: { width: width - l - r, height: height - t - b },
  };
}

function scaleOf(points: readonly ChartPoint[], view: ChartView): Scale {
  if (!isLog(points, view)) return linear;
  if (view.y === 'value') return logarithmic;
  // Linear as far as half a percent (or point): about where differences begin to matter.
  return symmetricLog(0.5);
}

function smallestPositive(points: readonly ChartPoint[]): number {
  return Math.min(...points.map((p) => p.y)) / 2;
}

function padded(low: number, high: number, share: number): [number, number] {
  const pad = (high - low || Math.abs(high) || 1) * share;
  return [low - pad, high + pad];
}

/** Staircase through the frontier: between two points the smaller one is the best there is. */
function frontierTrace({ points, scale, palette }: Frame): PlotlyObject {
  const best = points.filter((p) => p.frontier).sort((a, b) => a.x - b.x);
  return {
    type: 'scatter',
    mode: 'lines',
    x: best.map((p) => p.x),
    y: best.map((p) => scale.at(p.y)),
    line: { shape: 'hv', color: palette('--accent'), width: 2 },
    hoverinfo: 'skip',
    showlegend: false,
  };
}

/** One trace for each codec, role and rank: a trace has one symbol and one colour. */
function pointTraces(frame: Frame): PlotlyObject[] {
  const labels = labelsOf(frame);
  const groups = new Map<string, ChartPoint[]>();
  for (const point of frame.points) {
    const key = `${point.record.role === 'opponent'}|${point.frontier}|${point.record.codec.id}`;
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  return [...groups.values()].map((group) => pointTrace(group, frame, labels));
}

function pointTrace(
  group: readonly ChartPoint[],
  { scale, palette, range }: Frame,
  labels: ReadonlyMap<string, LabelPosition>,
): PlotlyObject {
  const { variable, shape } = codecStyle(group[0].record.codec.id);
  const dominated = !group[0].frontier;
  const color = dominated ? mixed(palette(variable), palette('--surface'), 0.5) : palette(variable);
  const rival = group[0].record.role === 'opponent';
  const at = (value: number) => (value > 0 || scale !== logarithmic ? scale.at(value) : range.y[0]);
  return {
    type: 'scatter',
    mode: 'markers+text',
    customdata: group.map((p) => p.id),
    x: group.map((p) => p.x),
    y: group.map((p) => at(p.y)),
    text: group.map((p) => (labels.has(p.id) ? p.label : '')),
    textposition: group.map((p) => labels.get(p.id) ?? 'top center'),
    textfont: { color: palette(rival ? '--ink-soft' : '--ink'), size: 11.5, family: FONT },
    hovertext: group.map(hoverText),
    hoverinfo: 'text',
    marker: {
      symbol: rival ? `${shape}-open` : shape,
      size: rival ? 8 : 12,
      color,
      line: { width: rival ? 1.5 : 1, color: rival ? color : palette('--surface') },
    },
    error_y: {
      type: 'data',
      symmetric: false,
      array: group.map((p) => at(p.high) - at(p.y)),
      arrayminus: group.map((p) => at(p.y) - at(p.low)),
      color,
      thickness: rival ? 1 : 1.6,
      width: 0,
    },
    cliponaxis: false,
    showlegend: false,
  };
}

/** Two `rgb(…)` colours mixed; pale marks stay opaque, so that their error bars do not shine through. */
function mixed(a: string, b: string, share: number): string {
  const [from, to] = [a, b].map((color) => color.match(/[\d.]+/g)?.map(Number) ?? []);
  if (from.length < 3 || to.length < 3) return a;
  const channel = (i: number): number => Math.round(from[i] * (1 - share) + to[i] * share);
  return `rgb(${channel(0)}, ${channel(1)}, ${channel(2)})`;
}

/** A ring around the selected point. */
function ring({ points, scale, palette, selected }: Frame): PlotlyObject[] {
  const point = points.find((p) => p.id === selected);
  if (!point) return [];
  return [
    {
      type: 'scatter',
      mode: 'markers',
      x: [point.x],
      y: [scale.at(point.y)],
      marker: { symbol: 'circle-open', size: 24, color: palette('--ink'), line: { width: 2 } },
      hoverinfo: 'skip',
      showlegend: false,
      cliponaxis: false,
    },
  ];
}

function labelsOf({ points, scale, range, inner, baseline }: Frame): ReadonlyMap<string, LabelPosition> {
  const importance = (p: ChartPoint) => (p.record.role === 'opponent' ? 2 : p.frontier ? 0 : 1);
  const order = [...points].sort((a, b) => importance(a) - importance(b) || b.x - a.x);
  const px = (x: number) => ((x - range.x[0]) / (range.x[1] - range.x[0])) * inner.width;
  const py = (y: number) => ((range.y[1] - scale.at(y)) / (range.y[1] - range.y[0])) * inner.height;
  const places = placeLabels(
    order.map((p) => ({
      x: px(p.x),
      y: py(p.y),
      text: p.label,
      errorUp: Math.abs(py(p.y) - py(p.high)) || 0,
      errorDown: Math.abs(py(Math.max(p.low, range.values[0])) - py(p.y)) || 0,
    })),
    inner,
    corners(points, (p) => ({ x: px(p.x), y: py(p.y) })),
    { left: 0, right: 100, top: py(baseline.y) - 16, bottom: py(baseline.y) },
  );
  return new Map(order.flatMap((p, i) => (places[i] ? [[p.id, places[i]] as const] : [])));
}

/** The staircase in pixels, corner by corner: labels keep off its lines. */
function corners(points: readonly ChartPoint[], at: (point: ChartPoint) => Corner): Corner[] {
  const best = points.filter((p) => p.frontier).sort((a, b) => a.x - b.x);
  return best.flatMap((point, i) => {
    const here = at(point);
    return i === 0 ? [here] : [{ x: here.x, y: at(best[i - 1]).y }, here];
  });
}

/** Names come from files and URLs: plotly reads a subset of HTML, so its brackets are taken away. */
function hoverText(point: ChartPoint): string {
  const { record } = point;
  const { codec, size, quality: q, role, validity } = record;
  const unit = q.task === 'image-accuracy' ? ' points' : ' %';
  const half = (q.deltaPercentCi95[1] - q.deltaPercentCi95[0]) / 2;
  const what = q.task === 'image-accuracy' ? 'accuracy' : 'perplexity';
  const lines = [
    `<b>${plain(codec.spec)}</b>${role === 'opponent' ? ' (opponent)' : ''}`,
    `${fixed(size.bitsPerWeight, 2)} bits per weight · ${bytes(size.totalBytes - size.assetBytes)}`,
    `${what} ${q.deltaPercent < 0 ? '−' : '+'}${significant(Math.abs(q.deltaPercent))} ± ${significant(half, 2)}${unit}`,
    ...(point.frontier ? ['on the Pareto frontier'] : []),
    ...validity.map((flag) => plain(describeFlag(flag).label)),
  ];
  return lines.join('<br>');
}

function plain(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›');
}

function layoutOf(frame: Frame): PlotlyObject {
  const { palette, width, height, view } = frame;
  return {
    width,
    height,
    margin: margins(width),
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    font: { family: FONT, size: 12, color: palette('--ink-soft') },
    hovermode: 'closest',
    hoverlabel: {
      bgcolor: palette('--surface-raised'),
      bordercolor: palette('--line-strong'),
      font: { color: palette('--ink'), family: FONT, size: 12.5 },
      align: 'left',
    },
    dragmode: false,
    showlegend: false,
    // Keeps what the user zoomed to while points arrive; other axes start afresh.
    uirevision: `${view.x}|${view.y}|${isLog(frame.points, view)}`,
    xaxis: xAxis(frame),
    yaxis: yAxis(frame),
    shapes: baselineShapes(frame),
    annotations: baselineNote(frame),
  };
}

const X_TITLES = {
  bitsPerWeight: 'bits per weight',
  bitsPerCodedWeight: 'bits per coded weight',
  bytes: 'size of the weights',
};

function axisStyle(palette: Palette): PlotlyObject {
  return {
    gridcolor: palette('--grid'),
    linecolor: palette('--line-strong'),
    zeroline: false,
    showline: true,
    ticks: 'outside',
    ticklen: 4,
    tickcolor: palette('--line-strong'),
    fixedrange: true,
  };
}

function xAxis({ view, range, palette }: Frame): PlotlyObject {
  const ticks = linear.ticks(...range.x).filter((t) => t >= 0);
  return {
    ...axisStyle(palette),
    title: { text: X_TITLES[view.x], standoff: 12 },
    range: range.x,
    tickvals: ticks,
    ticktext: ticks.map((t) => (view.x === 'bytes' ? bytes(t) : trimmed(significant(t)))),
  };
}

function yAxis({ points, view, range, scale, palette }: Frame): PlotlyObject {
  const ticks = scale.ticks(...range.values);
  return {
    ...axisStyle(palette),
    title: { text: yTitle(points, view), standoff: 8 },
    range: range.y,
    tickvals: ticks.map(scale.at),
    ticktext: ticks.map((t) => tickText(t, view.y === 'change')),
  };
}

function tickText(value: number, change: boolean): string {
  const text =
    Math.abs(value) >= 1e4 ? value.toExponential(0).replace('e+', 'e') : trimmed(significant(value));
  return change && value > 0 ? `+${text}` : text;
}

/** "4.00" is 4 on an axis. */
function trimmed(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

export function yTitle(points: readonly ChartPoint[], view: ChartView): string {
  if (isPerplexity(points)) return view.y === 'change' ? 'change of perplexity, %' : 'perplexity';
  return view.y === 'change' ? 'change of accuracy, points' : 'accuracy, %';
}

/** The uncompressed model: a rule across the chart, with its own interval when values are shown. */
function baselineShapes({ baseline, scale, palette }: Frame): PlotlyObject[] {
  const across = { xref: 'paper', x0: 0, x1: 1, yref: 'y', layer: 'between' };
  const rule = {
    ...across,
    type: 'line',
    y0: scale.at(baseline.y),
    y1: scale.at(baseline.y),
    line: { color: palette('--ink-soft'), width: 1.5, dash: 'dot' },
  };
  if (baseline.low === baseline.high) return [rule];
  const band = {
    ...across,
    type: 'rect',
    y0: scale.at(Math.max(baseline.low, baseline.y / 2)),
    y1: scale.at(baseline.high),
    line: { width: 0 },
    fillcolor: palette('--band'),
  };
  return [band, rule];
}

function baselineNote({ baseline, scale, palette }: Frame): PlotlyObject[] {
  return [
    {
      xref: 'paper',
      x: 0.005,
      xanchor: 'left',
      y: scale.at(baseline.y),
      yanchor: 'bottom',
      text: 'float32 baseline',
      showarrow: false,
      font: { size: 11, color: palette('--ink-soft') },
    },
  ];
}
