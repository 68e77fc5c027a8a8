import { expect, test } from 'vitest';
import { answerAlone, routingSignals, routeWindow, type Routing, type WindowTrace } from './cascade';

/** A window of six tokens; its first is given, so five are predicted. */
const WINDOW: WindowTrace = {
  small: Float64Array.of(1, 2, 3, 4, 5),
  large: Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.5),
  uncertainty: {
    maxProbability: Float64Array.of(0.9, 0.7, 0.2, 0.9, 0.3),
    entropy: Float64Array.of(0.1, 0.5, 2, 0.1, 1.5),
    margin: Float64Array.of(0.8, 0.4, 0.25, 0.8, 0.5),
  },
};
/** Two tokens are the prompt, and the answer has four. */
const BY_TOKEN: Routing = { by: 'token', signal: 'entropy', prompt: 2 };
const BY_PROMPT: Routing = { ...BY_TOKEN, by: 'prompt' };

test('each variant alone reads the prompt in one pass and takes one for each further token', () => {
  // The prompt of two tokens gives the third; tokens 3, 4 and 5 give the next: four passes over 2 + 3 tokens.
  const work = { passes: 4, tokens: 5 };
  const none = { passes: 0, tokens: 0 };
  expect(answerAlone(WINDOW, BY_TOKEN, 'small')).toEqual({ nll: 14, routed: 0, small: work, large: none });
  const large = answerAlone(WINDOW, BY_TOKEN, 'large');
  expect(large).toMatchObject({ routed: 1, small: none, large: work });
  expect(large.nll).toBeCloseTo(1.4, 12);
});

test('decides by token on the uncertainty before it', () => {
  expect([...routingSignals(WINDOW, BY_TOKEN)]).toEqual([0.5, 2, 0.1, 1.5]);
  const margin = routingSignals(WINDOW, { ...BY_TOKEN, signal: 'margin' });
  [0.6, 0.75, 0.2, 0.5].forEach((value, i) => expect(margin[i]).toBeCloseTo(value, 12));
  const probability = routingSignals(WINDOW, { ...BY_TOKEN, signal: 'max-probability' });
  [0.3, 0.8, 0.1, 0.7].forEach((value, i) => expect(probability[i]).toBeCloseTo(value, 12));
});

test('decides by prompt on the mean over the prompt', () => {
  expect([...routingSignals(WINDOW, BY_PROMPT)]).toEqual([0.3]);
});

test('counts the catch-up of the large variant by token', () => {
  // Only the second token of the answer exceeds 1.6: the large one processes the three tokens before it in one pass.
  expect(routeWindow(WINDOW, BY_TOKEN, 1.6)).toEqual({
    nll: 2 + 0.3 + 4 + 5,
    routed: 1,
    small: { passes: 4, tokens: 5 },
    large: { passes: 1, tokens: 3 },
  });
  // With the last one, too, it processes all five, in two passes.
  const both = routeWindow(WINDOW, BY_TOKEN, 1);
  expect(both).toMatchObject({ routed: 2, large: { passes: 2, tokens: 5 } });
  expect(both.nll).toBeCloseTo(2 + 0.3 + 4 + 0.5, 12);
});

test('counts the pass of the small variant over a prompt that the large one answers', () => {
  const routed = routeWindow(WINDOW, BY_PROMPT, 0.2);
  expect(routed).toMatchObject({
    routed: 1,
    small: { passes: 1, tokens: 2 },
    large: { passes: 4, tokens: 5 },
  });
  expect(routed.nll).toBeCloseTo(1.4, 12);
  expect(routeWindow(WINDOW, BY_PROMPT, 0.3)).toEqual(answerAlone(WINDOW, BY_PROMPT, 'small'));
});
