import type { PlotlyObject } from 'plotly.js-basic-dist-min';
import { bytes, fixed, significant } from '../../base/format';
import { scopeNote } from '../records/codecLabel';
import { describeFlag } from '../../lab/results/flags';
import { FONT, frameOf } from './frame';
import type { FigureInput, Frame } from './frame';
import { placeLabels } from './labels';
import type { Corner, LabelPosition } from './labels';
import { chartLayout } from './layout';
import type { ChartPoint } from './points';
import { taskText, type YAxis } from './quality';
import { logarithmic } from './scale';
import { codecStyle } from './style';

/** The arguments of plotly. */
export interface Figure {
  data: PlotlyObject[];
  layout: PlotlyObject;
}

/** Builds plotly's data and layout from records, settings and colours, without access to DOM or state. */
export function buildFigure(input: FigureInput): Figure {
  const frame = frameOf(input);
  return {
    data: [frontierTrace(frame), ...pointTraces(frame), ...selectionTrace(frame)],
    layout: chartLayout(frame),
  };
}

/** Returns the frontier as a step line: between two sizes the smaller point is the best available. */
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

/** Returns a trace for each codec, role and rank, since a trace has one symbol and one colour. */
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
  { scale, palette, range, view }: Frame,
  labels: ReadonlyMap<string, LabelPosition>,
): PlotlyObject {
  const { variable, shape } = codecStyle(group[0].record.codec.id);
  const dominated = !group[0].frontier;
  const color = dominated ? mixColours(palette(variable), palette('--surface'), 0.5) : palette(variable);
  const isOpponent = group[0].record.role === 'opponent';
  const at = (value: number) => (value > 0 || scale !== logarithmic ? scale.at(value) : range.y[0]);
  return {
    type: 'scatter',
    mode: 'markers+text',
    customdata: group.map((p) => p.id),
    x: group.map((p) => p.x),
    y: group.map((p) => at(p.y)),
    text: group.map((p) => (labels.has(p.id) ? p.label : '')),
    textposition: group.map((p) => labels.get(p.id) ?? 'top center'),
    textfont: { color: palette(isOpponent ? '--ink-soft' : '--ink'), size: 11.5, family: FONT },
    hovertext: group.map((point) => hoverText(point, view.y)),
    hoverinfo: 'text',
    marker: {
      symbol: isOpponent ? `${shape}-open` : shape,
      size: isOpponent ? 8 : 12,
      color,
      line: { width: isOpponent ? 1.5 : 1, color: isOpponent ? color : palette('--surface') },
    },
    error_y: {
      type: 'data',
      symmetric: false,
      array: group.map((p) => at(p.high) - at(p.y)),
      arrayminus: group.map((p) => at(p.y) - at(p.low)),
      color,
      thickness: isOpponent ? 1 : 1.6,
      width: 0,
    },
    cliponaxis: false,
    showlegend: false,
  };
}

/** Mixes two `rgb(…)` colours. Pale markers stay opaque, so that they hide their error bars. */
function mixColours(a: string, b: string, share: number): string {
  const [from, to] = [a, b].map((color) => color.match(/[\d.]+/g)?.map(Number) ?? []);
  if (from.length < 3 || to.length < 3) return a;
  const channel = (i: number): number => Math.round(from[i] * (1 - share) + to[i] * share);
  return `rgb(${channel(0)}, ${channel(1)}, ${channel(2)})`;
}

/** Returns a trace with a ring around the selected point. */
function selectionTrace({ points, scale, palette, selected }: Frame): PlotlyObject[] {
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

function labelsOf({
  points,
  scale,
  range,
  inner,
  baseline,
  limitY,
}: Frame): ReadonlyMap<string, LabelPosition> {
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
    frontierCorners(points, (p) => ({ x: px(p.x), y: py(p.y) })),
    [
      { left: 0, right: 100, top: py(baseline.y) - 16, bottom: py(baseline.y) },
      ...(limitY === undefined
        ? []
        : [{ left: inner.width - 80, right: inner.width, top: py(limitY) - 16, bottom: py(limitY) }]),
    ],
  );
  return new Map(order.flatMap((p, i) => (places[i] ? [[p.id, places[i]] as const] : [])));
}

/** Returns the corners of the frontier in pixels, since labels must not cover its lines. */
function frontierCorners(points: readonly ChartPoint[], at: (point: ChartPoint) => Corner): Corner[] {
  const best = points.filter((p) => p.frontier).sort((a, b) => a.x - b.x);
  return best.flatMap((point, i) => {
    const here = at(point);
    return i === 0 ? [here] : [{ x: here.x, y: at(best[i - 1]).y }, here];
  });
}

/** Returns the text shown on hover. Plotly interprets a subset of HTML, so angle brackets in names are replaced. */
function hoverText(point: ChartPoint, axis: YAxis): string {
  const { record } = point;
  const { codec, size, quality: q, role, validity } = record;
  const unit = q.task === 'image-accuracy' ? ' percentage points' : ' %';
  const half = (q.deltaPercentCi95[1] - q.deltaPercentCi95[0]) / 2;
  const what = q.task === 'image-accuracy' ? 'accuracy' : 'perplexity';
  const task = taskText(record, axis);
  const lines = [
    `<b>${withoutMarkup(codec.spec)}</b>${role === 'opponent' ? ' (opponent)' : ''}`,
    ...(scopeNote(record) ? [scopeNote(record)] : []),
    `${fixed(size.bitsPerWeight, 2)} bits per weight · ${bytes(size.totalBytes - size.assetBytes)}`,
    `${what} ${q.deltaPercent < 0 ? '−' : '+'}${significant(Math.abs(q.deltaPercent))} ± ${significant(half, 2)}${unit}`,
    ...(task === undefined ? [] : [withoutMarkup(task)]),
    ...(point.frontier ? ['on the Pareto frontier'] : []),
    ...validity.map((flag) => withoutMarkup(describeFlag(flag).label)),
  ];
  return lines.join('<br>');
}

function withoutMarkup(text: string): string {
  return text.replaceAll('<', '‹').replaceAll('>', '›');
}
