import { expect, test } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { parseRatioCheck } from './options';

test('by default ratios are compared, a second for each case', () =>
  expect(parseRatioCheck([])).toEqual({ adapter: undefined, secondsPerCase: 1, stored: undefined }));

test('reads every option', () => {
  const request = parseRatioCheck('--adapter software --seconds 0.2 --write 5 --stored r.json'.split(' '));
  expect(request).toMatchObject({ adapter: 'software', secondsPerCase: 0.2, write: 5 });
  expect(request.stored).toMatch(/r\.json$/);
});

test.each(['--write 1', '--write many', '--seconds 0', 'matmul', '--peer off'])('refuses "%s"', (line) =>
  expect(() => parseRatioCheck(line.split(' '))).toThrow(LabError),
);
