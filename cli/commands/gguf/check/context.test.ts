import { expect, it } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { checkContext, tokensAfter } from './context';

it('a check has room for what the model and llama.cpp both have', () => {
  expect([checkContext(128), checkContext(100_000)]).toEqual([128, 512]);
});

it('fewer tokens are compared after a long prompt, and none after one that does not fit', () => {
  expect(tokensAfter(4, 2048, 32)).toBe(32);
  // 479 + 32 = 511: llama.cpp stops with one place of its 512 free.
  expect(tokensAfter(479, 2048, 32)).toBe(32);
  expect(tokensAfter(480, 2048, 32)).toBe(31);
  expect(tokensAfter(510, 2048, 32)).toBe(1);
  expect(() => tokensAfter(511, 2048, 32)).toThrow('takes at most 510');
  expect(() => tokensAfter(63, 64, 32)).toThrow(LabError);
});
