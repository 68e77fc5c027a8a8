import { expect, test } from 'vitest';
import { parseCheck } from './options';

test('the tolerance is 1e-4 by default', () => {
  const args = ['--model', 'stories260K', '--expected', 'x'];
  expect(parseCheck(args).tolerance).toBe(1e-4);
  expect(parseCheck([...args, '--tolerance', '0.5']).tolerance).toBe(0.5);
  for (const bad of ['-1', 'x', 'NaN', 'Infinity'])
    expect(() => parseCheck([...args, `--tolerance=${bad}`])).toThrow(
      expect.objectContaining({ code: 'bad-plan' }),
    );
});
