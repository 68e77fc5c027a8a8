import { expect, test } from 'vitest';
import { describeError, LabError } from './errors';

test('a LabError says what it says', () => {
  const error = new LabError('storage', 'The disk is full.', 'Delete files.');
  expect(describeError(error)).toEqual({
    ...{ code: 'storage', message: 'The disk is full.', remedy: 'Delete files.' },
  });
});

// As Chromium, Firefox and Safari word it.
test.each([
  'Failed to fetch dynamically imported module: http://localhost/assets/a.js',
  'error loading dynamically imported module: http://localhost/assets/a.js',
  'Importing a module script failed.',
])('a module that cannot be loaded is a matter of the connection: %s', (message) => {
  expect(describeError(new TypeError(message))).toMatchObject({
    code: 'network',
    remedy: 'Check the connection and reload the page.',
  });
});

test('anything else is a defect to report', () => {
  expect(describeError(new TypeError('x is undefined'))).toEqual({
    ...{ code: 'internal', message: 'Unexpected error: x is undefined', remedy: 'Please report this.' },
  });
});
