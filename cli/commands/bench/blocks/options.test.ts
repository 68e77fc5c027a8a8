import { expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { parseBlocks } from './options';

test('reads every option', () => {
  expect(parseBlocks([])).toEqual({ weights: 2 ** 20, adapter: undefined });
  expect(parseBlocks(['--weights', '4096', '--adapter', 'software'])).toEqual({
    weights: 4096,
    adapter: 'software',
  });
});

test.each(['--weights 0', '--weights 1000', '--weights x', 'all'])('refuses "%s"', (line) => {
  expect(() => parseBlocks(line.split(' '))).toThrow(LabError);
});
