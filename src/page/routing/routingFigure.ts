import { linearScale, logarithmic } from '../chart/scale';
import type { RoutedPoint, RoutingCurve } from '../../lab/routing/curve';

export const ROUTING_MARGIN = { left: 56, right: 14, top: 10, bottom: 44 } as const;

interface Tick {
  value: number;
  /** Pixels from the left or the top. */
  at: number;
}

interface Place {
  x: number;
  y: number;
}

/** A threshold with the interval of its perplexity, in pixels. */
export interface PlacedPoint extends Place {
  low: number;
  high: number;
}

/** The routing curve in pixels: bytes relative to the large variant across, perplexity on a logarithmic scale upwards. */
export interface RoutingFigure {
  x: readonly Tick[];
  y: readonly Tick[];
  cascade: readonly PlacedPoint[];
  chosen: PlacedPoint;
  small: Place;
  large: Place;
}

/** Part of the range that stays free at either end. */
const ROOM = 0.06;

/**
 * Places the points of a curve. Random routing mixes the two variants' mean losses, so that it is a straight line between them where
 * perplexity is logarithmic.
 */
export function routingFigure(curve: RoutingCurve, size: { width: number; height: number }): RoutingFigure {
  const { alwaysSmall, alwaysLarge, points, chosen } = curve;
  const all = [alwaysSmall, ...points, chosen, alwaysLarge];
  const perplexities = all.flatMap((point) => [...interval(point, alwaysLarge), point.perplexity]);
  const [low, high] = padded(perplexities.map(Math.log));
  const right = (1 + ROOM) * Math.max(...all.map(({ cost }) => cost.value));
  const x = (cost: number) =>
    round(ROUTING_MARGIN.left + ((size.width - ROUTING_MARGIN.left - ROUTING_MARGIN.right) * cost) / right);
  const y = (perplexity: number) =>
    round(
      ROUTING_MARGIN.top +
        ((size.height - ROUTING_MARGIN.top - ROUTING_MARGIN.bottom) * (high - Math.log(perplexity))) /
          (high - low),
    );
  const place = (point: RoutedPoint) => ({ x: x(point.cost.value), y: y(point.perplexity) });
  const placed = (point: RoutedPoint): PlacedPoint => {
    const [from, to] = interval(point, alwaysLarge);
    return { ...place(point), low: y(from), high: y(to) };
  };
  return {
    x: linearScale.ticks(0, right).map((value) => ({ value, at: x(value) })),
    y: perplexityTicks(Math.exp(low), Math.exp(high)).map((value) => ({ value, at: y(value) })),
    cascade: points.map(placed),
    chosen: placed(chosen),
    small: place(alwaysSmall),
    large: place(alwaysLarge),
  };
}

/** Returns the perplexities that the paired interval of the increase stands for, relative to the large variant's. */
function interval({ increase }: RoutedPoint, { perplexity }: RoutedPoint): [number, number] {
  const [low, high] = increase.ci95.map((percent) => perplexity * (1 + percent / 100));
  return [low, high];
}

/** Within a decade there may be fewer than two powers, and then round values are taken. */
function perplexityTicks(low: number, high: number): number[] {
  const decades = logarithmic.ticks(low, high);
  return decades.length >= 3 ? decades : linearScale.ticks(low, high);
}

function padded(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = ROOM * (high - low) || 0.01;
  return [low - room, high + room];
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
