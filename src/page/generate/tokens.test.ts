import { expect, test } from 'vitest';
import { depthOf, divergence, divergenceText } from './tokens';

const tokens = (text: string, ...nats: number[]) =>
  [...text].map((letter, i) => ({ text: letter, ...(i < nats.length && { divergence: nats[i] }) }));

test('texts diverge at the first token that differs', () =>
  expect(divergence(tokens('abc'), tokens('axc'))).toBe(1));

test('texts do not diverge while one is a prefix of the other', () => {
  expect(divergence(tokens('ab'), tokens('a'))).toBe(Infinity);
  expect(divergence([], [])).toBe(Infinity);
});

test('a token of a quarter of a nat has half of the deepest colour', () => {
  expect(depthOf(0.25)).toBe(0.5);
  expect(depthOf(7)).toBe(1);
  expect(depthOf(0)).toBe(0);
});

test('divergences are described by their mean and the largest', () => {
  expect(divergenceText(tokens('abc', 0, 0.9, 0.3))).toBe(
    'Mean KL from float32 0.400 nats; the most is 0.900 at token 2, “b”.',
  );
  expect(divergenceText(tokens('abc'))).toBe('');
});
