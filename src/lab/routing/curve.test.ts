import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import type { Routing, WindowTrace } from './cascade';
import { routingCurve, type CurveInput } from './curve';

const BY_TOKEN: Routing = { by: 'token', signal: 'entropy', prompt: 1 };
const BYTES = { small: 100, large: 1000 };

/**
 * Windows of which half the tokens are hard for the small variant, which loses 2 nats on them and 1 on the others; the large one always
 * loses 1.
 * @param knows whether its uncertainty tells the hard tokens from the others
 */
function windows(count: number, knows: boolean, seed: number): WindowTrace[] {
  const random = new KeyedRandom(seed);
  return Array.from({ length: count }, () => {
    const hard = Array.from({ length: 20 }, () => random.nextUniform() < 0.5);
    const entropy = Float64Array.from(hard, (is) => (knows ? Number(is) : 0) + random.nextUniform() / 2);
    return {
      small: Float64Array.from(hard, (is) => (is ? 2 : 1)),
      large: new Float64Array(20).fill(1),
      uncertainty: { entropy, maxProbability: new Float64Array(20), margin: new Float64Array(20) },
    };
  });
}

function curve(knows: boolean, changed: Partial<CurveInput> = {}) {
  const [fit, heldOut] = [windows(60, knows, 1), windows(60, knows, 2)];
  return routingCurve({
    ...{ routing: BY_TOKEN, fit, heldOut, bytes: BYTES, maxIncrease: 1, seed: 1 },
    ...changed,
  });
}

test('the ends are the two variants alone', () => {
  const { alwaysSmall, alwaysLarge } = curve(true);
  // 20 passes for 20 tokens of the answer.
  expect(alwaysSmall).toMatchObject({ share: 0, bytesPerToken: 100, tokens: 1 });
  expect(alwaysSmall.cost).toEqual({ value: 0.1, ci95: [0.1, 0.1] });
  expect(alwaysLarge).toMatchObject({ share: 1, bytesPerToken: 1000, tokens: 1, perplexity: Math.E });
  expect(alwaysLarge.increase).toEqual({ value: 0, ci95: [0, 0] });
  // Half of the tokens lose 1 nat more: e^0.5 − 1 = 65 %.
  expect(alwaysSmall.increase.value).toBeGreaterThan(55);
  expect(alwaysSmall.increase.value).toBeLessThan(75);
});

test('an uncertainty that knows the hard tokens beats random routing and saves half', () => {
  const { points, chosen } = curve(true);
  const half = points.find(({ fittedShare }) => fittedShare === 0.3)!;
  expect(half.share).toBeCloseTo(0.3, 1);
  // Both read the weights: 100 + 0.3 · 1000 bytes a token.
  expect(half.bytesPerToken).toBeCloseTo(100 + 1000 * half.share, 9);
  expect(half.againstRandom.ci95[1]).toBeLessThan(0);
  expect(chosen.fittedShare).toBeCloseTo(0.5, 1);
  expect(chosen.increase.value).toBeLessThan(2);
  expect(chosen.saving.value).toBeCloseTo(1 - (0.1 + chosen.share), 9);
});

test('an uncertainty that knows nothing is no better than random routing', () => {
  const { points, chosen } = curve(false);
  for (const { againstRandom, cost } of points) {
    expect(againstRandom.ci95[1]).toBeGreaterThan(0);
    // The small variant's passes are what the cascade pays more than random routing.
    expect(cost.value).toBeGreaterThan(0.1);
  }
  expect(points.at(-1)!.againstRandom.ci95[0]).toBeGreaterThan(0);
  expect(chosen.saving.ci95[1]).toBeLessThan(0.05);
});

test('a limit that every threshold holds chooses the small variant alone', () => {
  const { chosen, alwaysSmall } = curve(true, { maxIncrease: 1000 });
  expect(chosen).toMatchObject({ fittedShare: 0, share: 0, threshold: Infinity });
  expect(chosen.cost).toEqual(alwaysSmall.cost);
});

test('a limit of 0 sends everything whose loss differs to the large variant, which costs more than it alone', () => {
  const { chosen } = curve(false, { maxIncrease: 0 });
  expect(chosen.share).toBeGreaterThan(0.95);
  expect(chosen.saving.ci95[1]).toBeLessThan(0);
});

test('a single codec is compared with the cascade on the same windows', () => {
  const nll = windows(60, true, 2).map(({ large }) => large.map((loss) => loss + 0.1));
  const { alone, chosen } = curve(true, { alone: { codec: 'middle', bytes: 300, nll } });
  expect(alone).toMatchObject({ codec: 'middle', bytesPerToken: 300, tokens: 1 });
  expect(alone!.cost.value).toBeCloseTo(0.3, 12);
  // 0.1 nats more for every token: e^0.1 − 1 = 10.5 %.
  expect(alone!.increase.value).toBeCloseTo(10.517, 3);
  expect(chosen.againstAlone!.ci95[1]).toBeLessThan(0);
});

test('prices follow from the passes and the tokens of both variants', () => {
  // A dollar a second; the small variant decodes 100 tokens a second, the large one 20, and each reads 1000 a second.
  const prices = {
    pricePerHour: 3600,
    small: { decode: 100, prefill: 1000 },
    large: { decode: 20, prefill: 1000 },
  };
  const { alwaysSmall, alwaysLarge, points } = curve(true, { prices });
  expect(alwaysSmall.price!.perMillion).toBeCloseTo(10_000, 6);
  expect(alwaysLarge.price!.perMillion).toBeCloseTo(50_000, 6);
  expect(alwaysSmall.price!.ratio.value).toBeCloseTo(0.2, 12);
  const { share, tokens, price } = points[4];
  // Small: 1/100 s a token. Large: 1/20 s for each routed token, and 1 ms for each token that it catches up on.
  const caughtUp = tokens - 1 - share;
  expect(price!.perMillion).toBeCloseTo(1e6 * (0.01 + 0.05 * share + 0.001 * caughtUp), 3);
});

test('a single codec has the price of its own passes', () => {
  const prices = {
    pricePerHour: 3600,
    small: { decode: 100, prefill: 1000 },
    large: { decode: 20, prefill: 1000 },
    alone: { decode: 50, prefill: 1000 },
  };
  const nll = windows(60, true, 2).map(({ large }) => large);
  const { alone } = curve(true, { prices, alone: { codec: 'middle', bytes: 300, nll } });
  // A dollar a second and 1/50 s a token, against 1/20 s.
  expect(alone!.price!.perMillion).toBeCloseTo(20_000, 6);
  expect(alone!.price!.ratio.value).toBeCloseTo(0.4, 12);
});

test('by prompt a window is answered as a whole', () => {
  const { points } = curve(true, { routing: { ...BY_TOKEN, by: 'prompt', prompt: 10 } });
  const all = points.at(-1)!;
  // Answers of eleven tokens: a routed one costs a pass of the small variant and eleven of the large one.
  expect(all.bytesPerToken).toBeCloseTo(all.share * (100 / 11 + 1000) + (1 - all.share) * 100, 9);
  expect(all.tokens).toBeCloseTo((all.share * (10 + 20)) / 20 + (1 - all.share), 9);
});
