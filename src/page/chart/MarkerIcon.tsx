import type { Shape } from './style';

/** SVG paths of the marker shapes in a box of 14 × 14. */
const PATHS: Readonly<Record<Shape, string>> = {
  circle: 'M7 1.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11Z',
  square: 'M2 2h10v10H2Z',
  diamond: 'M7 .8 13.2 7 7 13.2.8 7Z',
  'triangle-up': 'M7 1.4 13.2 12H.8Z',
  'triangle-down': 'M7 12.6.8 2h12.4Z',
  cross: 'M5 1h4v4h4v4H9v4H5V9H1V5h4Z',
  x: 'M3.2.9 7 4.7 10.8.9l2.3 2.3L9.3 7l3.8 3.8-2.3 2.3L7 9.3l-3.8 3.8-2.3-2.3L4.7 7 .9 3.2Z',
  star: 'M7 .6 8.7 5h4.7L9.6 7.9l1.4 4.7L7 9.8l-4 2.8 1.4-4.7L.6 5h4.7Z',
  hexagon: 'M7 .8 12.6 4v6L7 13.2 1.4 10V4Z',
  pentagon: 'M7 .8 13.4 5.5 11 13H3L.6 5.5Z',
};

interface Props {
  shape: Shape;
  /** Name of the CSS custom property with the colour. */
  variable: string;
  hollow?: boolean;
}

/** Draws a marker of the chart for legend, table and editor. */
export function MarkerIcon({ shape, variable, hollow }: Props) {
  const color = `var(${variable})`;
  const paint = hollow ? { fill: 'none', stroke: color, strokeWidth: 1.6 } : { fill: color };
  return (
    <svg className="marker-icon" viewBox="0 0 14 14" width="12" height="12" aria-hidden="true">
      <path d={PATHS[shape]} {...paint} />
    </svg>
  );
}
