import { expect, test } from 'vitest';
import { describeFlag, qualityCounts, speedCounts } from './flags';

test('the flag needs-training says so and excludes no figure', () => {
  const flagged = { validity: ['needs-training'], status: 'complete' };
  expect(describeFlag('needs-training').reason).toContain('without training');
  expect([qualityCounts(flagged), speedCounts(flagged)]).toEqual([true, true]);
});
