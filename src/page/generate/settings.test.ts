import { describe, expect, it } from 'vitest';
import { divergence, parseSettings } from './settings';

const settings = { prompt: 'Once', maxTokens: '80', temperature: '0.8', topK: '40', seed: '1' };

describe('generation settings', () => {
  it('are parsed as numbers', () =>
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
  ])('refuse %s = "%s"', (key, value) =>
    expect(() => parseSettings({ ...settings, [key]: value })).toThrow(/must be a (whole )?number from/),
  );
});

describe('first divergence', () => {
  it('is the first token that differs', () => expect(divergence(['a', 'b', 'c'], ['a', 'x', 'c'])).toBe(1));
  it('is infinite while one text is a prefix of the other', () => {
    expect(divergence(['a', 'b'], ['a'])).toBe(Infinity);
    expect(divergence([], [])).toBe(Infinity);
  });
});
