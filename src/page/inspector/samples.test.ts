import { describe, expect, it } from 'vitest';
import { record } from '../testing/record';
import { assignRows, differences } from './samples';

describe('samples', () => {
  it('compare mean losses per token, and accuracies in points', () => {
    const samples = [{ nll: 260, baselineNll: 250, tokens: 100 }];
    expect(differences(record({ samples }))[0].value).toBeCloseTo(0.1, 12);
    const images = [{ correct: 20, baselineCorrect: 24, images: 32, gained: 1, lost: 5, bits: 'fffff000' }];
    expect(differences(record({ samples: images }))[0].value).toBe(-12.5);
  });
  it('overlapping dots are in different rows', () => {
    expect(assignRows([0, 1, 20], 6, 3)).toEqual([0, 1, 0]);
    expect(assignRows([0, 1, 2, 3], 6, 2)).toHaveLength(4);
  });
});
