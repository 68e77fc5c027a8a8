import type { PlotlyObject } from 'plotly.js-basic-dist-min';
import { bytes, significant } from '../../base/format';
import { FONT, isLog, margins } from './frame';
import type { Frame, Palette } from './frame';
import { axisTitle } from './quality';
import { linearScale } from './scale';

/** Returns plotly's layout: axes, baseline and colours. */
export function chartLayout(frame: Frame): PlotlyObject {
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
    // Keeps the zoom while points are added; other axes reset it.
    uirevision: `${view.x}|${view.y}|${isLog(frame.points, view)}`,
    xaxis: xAxis(frame),
    yaxis: yAxis(frame),
    shapes: [...baselineShapes(frame), ...limitShape(frame)],
    annotations: [...baselineLabel(frame), ...limitLabel(frame)],
  };
}

const X_TITLES = {
  bitsPerWeight: 'Bits per weight',
  bitsPerCodedWeight: 'Bits per coded weight',
  bytes: 'Size of the weights',
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
  const ticks = linearScale.ticks(...range.x).filter((t) => t >= 0);
  return {
    ...axisStyle(palette),
    title: { text: X_TITLES[view.x], standoff: 12 },
    range: range.x,
    tickvals: ticks,
    ticktext: ticks.map((t) => (view.x === 'bytes' ? bytes(t) : withoutTrailingZeros(significant(t)))),
  };
}

function yAxis({ points, view, range, scale, palette }: Frame): PlotlyObject {
  const ticks = scale.ticks(...range.values);
  return {
    ...axisStyle(palette),
    title: { text: axisTitle(points[0].record, view.y), standoff: 8 },
    range: range.y,
    tickvals: ticks.map(scale.at),
    ticktext: ticks.map((t) => tickText(t, view.y === 'change')),
  };
}

function tickText(value: number, change: boolean): string {
  const text = compactNumber(value);
  return change && value > 0 ? `+${text}` : text;
}

const UNITS: readonly (readonly [number, string])[] = [
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

/** Formats a number as "1k", "20k" or "3M", since changes reach millions of per cent and the margin is narrow. */
function compactNumber(value: number): string {
  const [unit, letter] = UNITS.find(([size]) => Math.abs(value) >= size) ?? [1, ''];
  const size = value / unit;
  return Math.abs(size) < 1000
    ? withoutTrailingZeros(significant(size)) + letter
    : value.toExponential(0).replace('e+', 'e');
}

/** Removes trailing zeros: "4.00" becomes "4". */
function withoutTrailingZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Returns a line across the chart for the uncompressed model, with its interval if values are shown. */
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

function baselineLabel({ baseline, scale, palette }: Frame): PlotlyObject[] {
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

/** Returns a line across the chart for the limit of the loss. */
function limitShape({ limitY, scale, palette }: Frame): PlotlyObject[] {
  if (limitY === undefined) return [];
  const y = scale.at(limitY);
  const line = { color: palette('--warn'), width: 1.5, dash: 'dash' };
  return [{ xref: 'paper', x0: 0, x1: 1, yref: 'y', layer: 'between', type: 'line', y0: y, y1: y, line }];
}

function limitLabel({ limit, limitY, scale, palette, points }: Frame): PlotlyObject[] {
  if (limitY === undefined) return [];
  return [
    {
      xref: 'paper',
      x: 0.995,
      xanchor: 'right',
      y: scale.at(limitY),
      yanchor: 'bottom',
      text: points[0].record.quality.task === 'perplexity' ? `limit +${limit} %` : `limit −${limit} points`,
      showarrow: false,
      font: { size: 11, color: palette('--warn') },
    },
  ];
}
