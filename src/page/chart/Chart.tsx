import { useEffect, useRef, useState } from 'react';
import type { PlotlyElement } from 'plotly.js-basic-dist-min';
import { usePage, useRecords, useView } from '../app/usePage';
import { showError } from '../app/activity';
import { LabError } from '../../base/errors';
import { buildFigure } from './figure';
import { LimitHandle } from './LimitHandle';
import { loadPlotly } from './loadPlotly';
import type { Palette } from './frame';
import type { ChartPoint, ChartView } from './points';

const CONFIG = { displayModeBar: false, responsive: false, showTips: false, doubleClick: 'reset' };

/** Height of the drawing where its box has none. */
const DEFAULT_HEIGHT = 400;

interface ChartProps {
  points: readonly ChartPoint[];
  view: ChartView;
  /** The limit of the loss, drawn as a line. */
  limit: number | undefined;
  label: string;
}

/** Draws the points with plotly, which is loaded with the first point. Keyboard users reach the same points in the table. */
export function Chart({ points, view, limit, label }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(box);
  useDrawing(box, points, view, limit, width);
  return (
    <div className="chart-frame">
      <div ref={box} className="chart" role="img" aria-label={label} />
      {limit !== undefined && width > 0 && (
        <LimitHandle
          points={points}
          view={view}
          limit={limit}
          width={width}
          height={height || DEFAULT_HEIGHT}
        />
      )}
    </div>
  );
}

/** Returns the width of an element in CSS pixels, and updates it when the element is resized. */
export function useWidth(box: React.RefObject<HTMLElement | null>): number {
  return useSize(box).width;
}

function useSize(box: React.RefObject<HTMLElement | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([{ contentRect }]) =>
      setSize({ width: Math.round(contentRect.width), height: Math.round(contentRect.height) }),
    );
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, [box]);
  return size;
}

function useDrawing(
  box: React.RefObject<HTMLDivElement | null>,
  points: readonly ChartPoint[],
  view: ChartView,
  limit: number | undefined,
  width: number,
): void {
  const page = usePage();
  const theme = useView((s) => s.theme);
  const dark = useDark();
  const selected = useRecords((s) => s.selected);
  useEffect(() => {
    const element = box.current;
    if (!element || width === 0 || points.length === 0) return;
    let current = true;
    const draw = async (): Promise<void> => {
      const plotly = await loadPlotly();
      if (!current) return;
      const height = element.clientHeight || DEFAULT_HEIGHT;
      const palette = readPalette(element);
      const { data, layout } = buildFigure({ points, view, selected, limit, palette, width, height });
      const drawn = await plotly.react(element, data, layout, CONFIG);
      listen(drawn, (id) => page.records.setState((s) => ({ selected: s.selected === id ? null : id })));
    };
    // Drawing in a task of its own keeps rendering short, and draws several changes at once.
    const timer = setTimeout(() => void draw().catch((cause: unknown) => showError(page, notDrawn(cause))));
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [box, page, points, view, limit, theme, dark, selected, width]);
}

function notDrawn(cause: unknown): LabError {
  return new LabError(
    'network',
    'The chart could not be drawn.',
    'Reload the page. The table has all records.',
    cause,
  );
}

/**
 * Returns a function that resolves CSS variables to `rgb(…)`, since plotly supports neither light-dark() nor other
 * modern colour functions.
 */
function readPalette(element: HTMLElement): Palette {
  const known = new Map<string, string>();
  const probe = element.ownerDocument.createElement('span');
  return (name) => {
    const cached = known.get(name);
    if (cached !== undefined) return cached;
    element.after(probe);
    probe.style.color = `var(${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    known.set(name, color);
    return color;
  };
}

function listen(element: PlotlyElement, select: (id: string) => void): void {
  element.removeAllListeners('plotly_click');
  element.on('plotly_click', ({ points }) => {
    const id = points[0]?.customdata;
    if (typeof id === 'string') select(id);
  });
}

/** Returns whether the system's colour scheme is dark, and re-renders when it changes. */
function useDark(): boolean {
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return dark;
}
