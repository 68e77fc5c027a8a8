import { expect, test } from 'vitest';
import { parseContentRange, strongTag } from './contentRange';

test.each([
  // The first is an example of RFC 9110, section 14.4.
  ['bytes 42-1233/1234', { begin: 42, end: 1234, total: 1234 }],
  ['bytes 0-0/1', { begin: 0, end: 1, total: 1 }],
  ['bytes 42-1233/*', undefined],
  ['bytes */1234', undefined],
  ['bytes 5-4/10', undefined],
  ['bytes 0-10/10', undefined],
  ['lines 0-1/10', undefined],
  ['bytes -1-2/10', undefined],
  ['bytes 0-99999999999999999999/99999999999999999999', undefined],
  [null, undefined],
])('Content-Range %j', (header, range) => {
  expect(parseContentRange(header)).toEqual(range);
});

test.each([
  ['"xyzzy"', '"xyzzy"'],
  ['""', '""'],
  ['W/"xyzzy"', undefined],
  ['xyzzy', undefined],
  ['"a", "b"', undefined],
  [null, undefined],
])('strongTag(%j) is %j', (header, tag) => {
  expect(strongTag(header)).toBe(tag);
});
