import { expect, it } from 'vitest';
import { LabError } from '../../../../src/base/errors';
import { checkContext, tokensAfter } from './context';

it('the context of a check is that of the model, at most 512 tokens', () => {
  expect([checkContext(128), checkContext(100_000)]).toEqual([128, 512]);
});

it('a long prompt leaves fewer tokens to compare, and too long a prompt is refused', () => {
  expect(tokensAfter(4, 2048, 32)).toBe(32);
  // 479 + 32 = 511: llama.cpp stops one token before its context of 512 is full.
  expect(tokensAfter(479, 2048, 32)).toBe(32);
  expect(tokensAfter(480, 2048, 32)).toBe(31);
  expect(tokensAfter(510, 2048, 32)).toBe(1);
  expect(() => tokensAfter(511, 2048, 32)).toThrow('the maximum for this model is 510');
  expect(() => tokensAfter(63, 64, 32)).toThrow(LabError);
});
