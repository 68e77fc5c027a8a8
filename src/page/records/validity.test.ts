import { expect, test } from 'vitest';
import { describeFlag, qualityCounts, speedCounts } from './validity';

test('a model that needs training is told so, and every number of it still counts', () => {
  const flagged = { validity: ['needs-training'], status: 'complete' };
  expect(describeFlag('needs-training').reason).toContain('without training');
  expect([qualityCounts(flagged), speedCounts(flagged)]).toEqual([true, true]);
});
