import { useRef } from 'react';
import { fixed, significant } from '../../base/format';
import type { RoutingCurve } from '../../lab/routing/curve';
import { useWidth } from '../chart/Chart';
import { ROUTING_MARGIN, routingFigure, type PlacedPoint, type RoutingFigure } from './routingFigure';

const HEIGHT = 280;

/** Draws cost against quality: the thresholds of the cascade, the two variants alone, and random routing between them. */
export function RoutingChart({ curve }: { curve: RoutingCurve }) {
  const box = useRef<HTMLElement>(null);
  const width = useWidth(box);
  const figure = routingFigure(curve, { width: Math.max(width, 200), height: HEIGHT });
  const { small, large, cascade, chosen } = figure;
  return (
    <figure ref={box} className="routing-chart">
      <svg width={width} height={HEIGHT} role="img" aria-label={descriptionOf(curve)}>
        <Axes figure={figure} width={width} />
        <path className="routing-random" d={`M${small.x} ${small.y}L${large.x} ${large.y}`} />
        <path className="routing-cascade" d={pathOf([small, ...cascade])} />
        {cascade.map((point, i) => (
          <IntervalPoint key={i} point={point} />
        ))}
        <circle className="routing-chosen" cx={chosen.x} cy={chosen.y} r="7" />
        <circle className="routing-end" cx={small.x} cy={small.y} r="4.5" />
        <circle className="routing-end" cx={large.x} cy={large.y} r="4.5" />
      </svg>
      <figcaption>
        <Legend />
      </figcaption>
    </figure>
  );
}

function IntervalPoint({ point: { x, y, low, high } }: { point: PlacedPoint }) {
  return (
    <g className="routing-point">
      <path d={`M${x} ${low}V${high}`} />
      <circle cx={x} cy={y} r="3" />
    </g>
  );
}

function Axes({ figure, width }: { figure: RoutingFigure; width: number }) {
  const bottom = HEIGHT - ROUTING_MARGIN.bottom;
  return (
    <g className="routing-axes" aria-hidden="true">
      {figure.y.map(({ value, at }) => (
        <g key={value}>
          <path d={`M${ROUTING_MARGIN.left} ${at}H${width - ROUTING_MARGIN.right}`} />
          <text x={ROUTING_MARGIN.left - 8} y={at + 4} textAnchor="end">
            {significant(value)}
          </text>
        </g>
      ))}
      {figure.x.map(({ value, at }) => (
        <text key={value} x={at} y={bottom + 18} textAnchor="middle">
          {fixed(value, 1)}
        </text>
      ))}
      <text x={(ROUTING_MARGIN.left + width - ROUTING_MARGIN.right) / 2} y={HEIGHT - 6} textAnchor="middle">
        Bytes read ÷ large variant alone
      </text>
    </g>
  );
}

const LEGEND = [
  ['routing-cascade', 'Cascade, perplexity with 95 % interval'],
  ['routing-random', 'Random routing'],
] as const;

function Legend() {
  return (
    <ul className="legend" aria-label="Curves">
      {LEGEND.map(([style, label]) => (
        <li key={style}>
          <svg width="26" height="10" aria-hidden="true">
            <path className={style} d="M0 5h26" />
          </svg>
          {label}
        </li>
      ))}
      <li>
        <svg width="18" height="18" aria-hidden="true">
          <circle className="routing-chosen" cx="9" cy="9" r="7" />
        </svg>
        Wanted quality
      </li>
      <li>
        <svg width="12" height="12" aria-hidden="true">
          <circle className="routing-end" cx="6" cy="6" r="4.5" />
        </svg>
        Either variant alone
      </li>
    </ul>
  );
}

function pathOf(points: readonly { x: number; y: number }[]): string {
  return points.map(({ x, y }, i) => `${i ? 'L' : 'M'}${x} ${y}`).join('');
}

/** Returns a description for screen readers; the table has all figures. */
function descriptionOf({ alwaysSmall, alwaysLarge, chosen }: RoutingCurve): string {
  const text = (name: string, { cost, perplexity }: typeof alwaysSmall) =>
    `${name}: ${fixed(cost.value, 2)} of the bytes, perplexity ${significant(perplexity)}`;
  return `Bytes read against perplexity. ${[
    text('Always small', alwaysSmall),
    text('cascade at the wanted quality', chosen),
    text('always large', alwaysLarge),
  ].join('; ')}.`;
}
