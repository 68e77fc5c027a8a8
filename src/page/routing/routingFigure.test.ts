import { expect, test } from 'vitest';
import type { RoutedPoint, RoutingCurve } from '../../lab/routing/curve';
import { ROUTING_MARGIN, routingFigure } from './routingFigure';

const exact = (value: number) => ({ value, ci95: [value, value] as [number, number] });

function point(cost: number, perplexity: number, increase = exact(10 * perplexity - 100)): RoutedPoint {
  return { share: 0, bytesPerToken: 0, cost: exact(cost), tokens: 1, perplexity, increase };
}

test('random routing is the straight line between the variants, and better points lie below it', () => {
  const at = { threshold: 0, fittedShare: 0.5, againstRandom: exact(0) };
  // The large variant has a perplexity of 10, the small one of 40 at a fifth of the bytes; √(10 · 40) = 20 is half way.
  const middle = { ...point(0.6, 20, { value: 100, ci95: [50, 150] }), ...at };
  const curve: RoutingCurve = {
    routing: { by: 'token', signal: 'entropy', prompt: 1 },
    maxIncrease: 1,
    alwaysSmall: point(0.2, 40),
    alwaysLarge: point(1, 10),
    points: [middle, { ...point(0.6, 15), ...at }],
    chosen: { ...middle, saving: exact(0.4) },
  };
  const { small, large, cascade, x, y } = routingFigure(curve, { width: 600, height: 300 });
  const [onLine, below] = cascade;
  expect(onLine.x).toBeCloseTo((small.x + large.x) / 2, 0);
  expect(onLine.y).toBeCloseTo((small.y + large.y) / 2, 0);
  expect(below.y).toBeGreaterThan(onLine.y);
  expect(onLine.low).toBeGreaterThan(onLine.y);
  expect(onLine.high).toBeLessThan(onLine.y);
  expect(x[0]).toEqual({ value: 0, at: ROUTING_MARGIN.left });
  expect(y.map(({ value }) => value)).toContain(20);
});
