import { describe, expect, it } from 'vitest';
import { divergence, parseSettings } from './settings';

const settings = { prompt: 'Once', maxTokens: '80', temperature: '0.8', topK: '40', seed: '1' };

describe('generation settings', () => {
  it('are read as numbers', () =>
    expect(parseSettings(settings)).toEqual({
      prompt: 'Once',
      maxTokens: 80,
      temperature: 0.8,
      topK: 40,
      seed: 1,
    }));
  it.each([
    ['maxTokens', '0'],
    ['maxTokens', '2.5'],
    ['temperature', '-1'],
    ['temperature', 'warm'],
    ['topK', ''],
    ['seed', '4294967296'],
  ])('%s = "%s" is refused with a sentence', (key, value) =>
    expect(() => parseSettings({ ...settings, [key]: value })).toThrow(/must be a (whole )?number from/),
  );
});

describe('first divergence', () => {
  it('is the first token that differs', () => expect(divergence(['a', 'b', 'c'], ['a', 'x', 'c'])).toBe(1));
  it('a text that merely ends earlier has not diverged', () => {
    expect(divergence(['a', 'b'], ['a'])).toBe(Infinity);
    expect(divergence([], [])).toBe(Infinity);
  });
});
