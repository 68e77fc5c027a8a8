import { expect, test } from 'vitest';
import { errorsThatHold } from './limit';

test('bisection ends within a ninth below the largest error that holds, after eight trials', async () => {
  for (const largest of [0.0015, 0.05, 0.8]) {
    let trials = 0;
    const found = await errorsThatHold(async (error) => {
      trials++;
      return error <= largest;
    });
    expect(found[0]).toBeLessThanOrEqual(largest);
    expect(found[0]).toBeGreaterThan(largest / 1.12);
    expect(found).toEqual(found.toSorted((a, b) => b - a));
    expect(trials).toBe(8);
  }
});

test('the ends of the range need no bisection', async () => {
  expect(await errorsThatHold(async () => true)).toEqual([0.9]);
  expect(await errorsThatHold(async () => false)).toEqual([]);
});
