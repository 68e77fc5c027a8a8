import { expect, test } from 'vitest';
import type { BootstrapEstimate } from '../../evaluate/statistics/bootstrap';
import type { ChosenPoint, RoutedPoint, RoutingCurve } from './curve';
import { routingVerdict } from './table';

/** An estimate with an interval of ±0.1. */
const near = (value: number): BootstrapEstimate => ({ value, ci95: [value - 0.1, value + 0.1] });
const exact = (value: number): BootstrapEstimate => ({ value, ci95: [value, value] });
const point: RoutedPoint = {
  ...{ share: 1, bytesPerToken: 1000, cost: exact(1), tokens: 1, perplexity: 10, increase: exact(0) },
};

function verdict(chosen: Partial<ChosenPoint>, codecCost?: number): string {
  const curve: RoutingCurve = {
    routing: { by: 'token', signal: 'entropy', prompt: 1 },
    maxIncrease: 1,
    alwaysSmall: point,
    alwaysLarge: point,
    ...(codecCost !== undefined && { alone: { ...point, codec: 'middle', cost: exact(codecCost) } }),
    points: [],
    chosen: {
      ...{ ...point, share: 0.5, threshold: 1, fittedShare: 0.5, cost: near(0.5) },
      ...{ againstRandom: near(0), saving: near(0.5), increase: near(0.5), ...chosen },
    },
  };
  return routingVerdict(curve);
}

test.each([
  { chosen: {}, says: 'reads 50.0 % fewer bytes than the large variant alone' },
  {
    chosen: { saving: near(-0.5) },
    says: 'saves nothing: reads 50.0 % more bytes than the large variant alone',
  },
  { chosen: { saving: near(0.05) }, says: 'saves nothing that can be told from zero' },
  { chosen: { againstRandom: near(-1) }, says: '; better than random routing' },
  { chosen: { againstRandom: near(0.05) }, says: '; no better than random routing' },
  { chosen: { againstRandom: near(1) }, says: '; worse than random routing' },
  { chosen: { increase: near(0.9) }, says: '; holds 1 %' },
  { chosen: { increase: near(1) }, says: '; may miss 1 %' },
  { chosen: { increase: near(1.2) }, says: '; misses 1 %' },
])('the interval decides: $says', ({ chosen, says }) => {
  expect(verdict(chosen)).toContain(says);
});

test('the small variant alone may miss the limit on held-out text, too', () => {
  expect(verdict({ share: 0, increase: near(3) })).toBe(
    'the small variant alone answers everything; misses 1 %',
  );
});

test.each([
  { cost: 0.3, loss: 1, says: 'more bytes, more loss' },
  { cost: 0.3, loss: 0, says: 'more bytes, no difference in loss to be told' },
  { cost: 0.3, loss: -1, says: 'more bytes, less loss' },
  { cost: 0.7, loss: 1, says: 'fewer bytes, more loss' },
  { cost: 0.7, loss: 0, says: 'fewer bytes, no difference in loss to be told' },
  { cost: 0.7, loss: -1, says: 'fewer bytes, less loss' },
  { cost: 0.55, loss: 1, says: 'about as many bytes, more loss' },
])('beside a single codec of $cost of the bytes: $says', ({ cost, loss, says }) => {
  expect(verdict({ againstAlone: near(loss) }, cost)).toContain(`; against middle alone: ${says};`);
});
