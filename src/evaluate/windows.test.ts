import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LabError } from '../base/errors';
import { planWindows, type WindowPlan } from './windows';

/** How often each token of the stream is scored. */
function timesScored(plan: WindowPlan, tokens: number): number[] {
  const times = new Array<number>(tokens).fill(0);
  for (const { start, firstScored } of plan.windows)
    for (let t = firstScored; t < start + plan.context; t++) times[t]++;
  return times;
}

const lengths = fc.record({
  context: fc.integer({ min: 2, max: 40 }),
  extra: fc.integer({ min: 0, max: 300 }),
});

test('windows: each scores all but its first token, the tail is dropped', () => {
  fc.assert(
    fc.property(lengths, ({ context, extra }) => {
      const tokens = 2 * context + extra;
      const plan = planWindows(tokens, { kind: 'windows', context, stride: context });
      const whole = Math.floor(tokens / context);
      expect(plan.windows).toHaveLength(whole);
      expect(plan.scoredTokens).toBe(whole * (context - 1));
      timesScored(plan, tokens).forEach((n, t) =>
        expect(n).toBe(t < whole * context && t % context > 0 ? 1 : 0),
      );
    }),
  );
});

test('llama.cpp: of 256 tokens, 128 to 254 predict 129 to 255', () => {
  const plan = planWindows(600, { kind: 'llama.cpp', context: 256, stride: 256 });
  expect(plan.windows).toEqual([
    { start: 0, firstScored: 129 },
    { start: 256, firstScored: 385 },
  ]);
  expect(plan.scoredTokens).toBe(2 * 127);
  expect(planWindows(30, { kind: 'llama.cpp', context: 5, stride: 5 }).windows[0].firstScored).toBe(3);
  expect(() => planWindows(30, { kind: 'llama.cpp', context: 2, stride: 2 })).toThrow(/no token to score/);
});

test('sliding: every token but the first of the stream is scored exactly once, in a window that fits', () => {
  fc.assert(
    fc.property(lengths, fc.nat(1000), ({ context, extra }, pick) => {
      const stride = 1 + (pick % (context - 1));
      const block = Math.ceil(context / stride);
      const tokens = context + 2 * block * stride + extra;
      const plan = planWindows(tokens, { kind: 'sliding', context, stride });
      expect(timesScored(plan, tokens)).toEqual([0, ...new Array<number>(tokens - 1).fill(1)]);
      expect(plan.scoredTokens).toBe(tokens - 1);
      expect(plan.block).toBe(block);
      for (const { start, firstScored } of plan.windows) {
        expect(firstScored).toBeGreaterThan(start);
        expect(start + context).toBeLessThanOrEqual(tokens);
      }
      for (const [i, { start, firstScored }] of plan.windows.entries())
        if (i > 0) expect(firstScored - start).toBeGreaterThanOrEqual(context - stride);
    }),
  );
});

test('the shortest text a protocol accepts is the one its message names', () => {
  for (const protocol of [
    { kind: 'windows', context: 8, stride: 8 },
    { kind: 'sliding', context: 8, stride: 3 },
    { kind: 'sliding', context: 8, stride: 7 },
  ] as const) {
    const failure = caught(() => planWindows(5, protocol));
    expect(failure.code).toBe('bad-input');
    expect(failure.message).toContain('has 5 tokens');
    const needed = Number(/at least (\d+)/.exec(failure.message)?.[1]);
    const plan = planWindows(needed, protocol);
    expect(plan.windows.length).toBeGreaterThanOrEqual(2 * plan.block);
    expect(() => planWindows(needed - 1, protocol)).toThrow(LabError);
  }
});

test('a limit keeps the first windows; too few for an interval, or a stride that skips tokens, is refused', () => {
  const plan = planWindows(100, { kind: 'windows', context: 10, stride: 10, windows: 3 });
  expect(plan.windows.map((w) => w.start)).toEqual([0, 10, 20]);
  expect(planWindows(100, { kind: 'windows', context: 10, stride: 10, windows: 99 }).windows).toHaveLength(
    10,
  );
  expect(caught(() => planWindows(100, { kind: 'windows', context: 10, stride: 10, windows: 1 })).code).toBe(
    'bad-plan',
  );
  expect(caught(() => planWindows(100, { kind: 'sliding', context: 10, stride: 10 })).code).toBe('bad-plan');
});

function caught(action: () => unknown): LabError {
  try {
    action();
  } catch (error) {
    if (error instanceof LabError) return error;
  }
  throw new Error('expected a LabError');
}
