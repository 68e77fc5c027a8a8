import { expect, test } from 'vitest';
import { withResults } from './report';

const README = `# Title\n<!-- results: written by \`npm run report\`, do not edit -->\nold\n<!-- /results -->\nafter\n`;

test('replaces what stands between the markers and nothing else', () => {
  const text = withResults(README, 'new');
  expect(text).not.toContain('old');
  expect(text).toMatch(/^# Title\n/);
  expect(text).toMatch(/new\n<!-- \/results -->\nafter\n$/);
  expect(withResults(text, 'new')).toBe(text);
});

test('a README without the markers is refused, not overwritten', () => {
  expect(() => withResults('# Title\n', 'new')).toThrow('no place for results');
});
