import { describe, expect, it } from 'vitest';
import { parseSettings } from './settings';

const settings = { prompt: 'Once', tokens: '80', temperature: '0.8', 'top-k': '40', seed: '1' };

describe('generation settings', () => {
  it('are parsed as numbers', () =>
    expect(parseSettings(settings)).toEqual({
      prompt: 'Once',
      maxTokens: 80,
      temperature: 0.8,
      topK: 40,
      drawSeed: 1,
    }));
  it('have defaults, and no others', () => {
    expect(parseSettings({})).toMatchObject({ maxTokens: 80, temperature: 0, topK: 0, drawSeed: 1 });
    expect(() => parseSettings({ length: '3' })).toThrow('A text has no setting "length".');
  });
  it.each([
    ['tokens', '0'],
    ['tokens', '2.5'],
    ['temperature', '-1'],
    ['temperature', 'warm'],
    ['top-k', ''],
    ['seed', '4294967296'],
  ])('refuse %s = "%s"', (key, value) =>
    expect(() => parseSettings({ ...settings, [key]: value })).toThrow(/must be a (whole )?number from/),
  );
});
