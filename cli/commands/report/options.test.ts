import { expect, test } from 'vitest';
import { LabError } from '../../../src/base/errors';
import { parseReport } from './options';

test('a folder is published as the results, or only as an example', () => {
  expect(parseReport(['/runs/a'])).toEqual({ folder: '/runs/a', example: 'records' });
  expect(parseReport(['/runs/a', '--example', 'skills'])).toEqual({ folder: '/runs/a', example: 'skills' });
});

test.each(['index', '../x', 'A', ''])('refuses the example "%s"', (name) =>
  expect(() => parseReport(['/runs/a', '--example', name])).toThrow(LabError),
);
