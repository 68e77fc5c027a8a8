import { describe, expect, it } from 'vitest';
import { record } from '../testing/record';
import { compareCells } from './sort';
import { verdictSentence } from '../records/verdict';

describe('sorting', () => {
  it('orders numbers by value and keeps missing values last in both directions', () => {
    const values = [10, undefined, 9, 100];
    expect([...values].sort((a, b) => compareCells(a, b, false))).toEqual([9, 10, 100, undefined]);
    const down = [...values.keys()].sort((i, j) => compareCells(values[i], values[j], true));
    expect(down.map((i) => values[i])).toEqual([100, 10, 9, undefined]);
  });
});

describe('the sentence of a verdict', () => {
  it('names opponent, difference with its interval, and size', () => {
    const verdict = {
      opponent: 'rtn(bits=3)',
      slack: 0.985,
      outcome: 'better' as const,
      difference: -0.0123,
      ci95: [-0.02, -0.0046] as [number, number],
    };
    expect(verdictSentence(record({ verdict }))).toBe(
      'Against rtn(bits=3): −0.0123 [−0.0200, −0.0046] nats per token; below zero favours this codec. ' +
        'The opponent’s file has 98.5 % of this one’s bytes.',
    );
  });
  it('says why there is none', () => {
    const none = {
      opponent: null,
      slack: null,
      outcome: 'no-opponent' as const,
      difference: null,
      ci95: null,
    };
    expect(verdictSentence(record({ verdict: none }))).toMatch(/No plain rounding fits/);
  });
});
