import { expect, test } from 'vitest';
import { comparedDecoder, klDivergence } from './divergence';
import type { OpenDecoder } from './generate';

test('KL of two distributions is ¾·log(¾ ÷ ½) + ¼·log(¼ ÷ ½), whatever is added to the logits', () => {
  const expected = [Math.log(0.75), Math.log(0.25)];
  expect(klDivergence(expected, [7, 7])).toBeCloseTo(0.130812, 6);
  expect(klDivergence([1000 + expected[0], 1000 + expected[1]], [-900, -900])).toBeCloseTo(0.130812, 6);
  expect(klDivergence([3, 1, -2], [3, 1, -2])).toBe(0);
});

test('a compared decoder returns the logits of the model, and disposes of both', async () => {
  const log: string[] = [];
  const decoder =
    (name: string, logits: number[]): OpenDecoder =>
    async () => ({
      prefill: async (ids) => (log.push(`${name} ${ids.join()}`), Float32Array.from(logits)),
      step: async (ids) => (log.push(`${name} ${ids.join()}`), Float32Array.from(logits)),
      dispose: () => log.push(`${name} disposed`),
    });
  const found: number[] = [];
  const open = comparedDecoder(decoder('own', [0, 0]), decoder('float', [0, 100]), (nats) =>
    found.push(nats),
  );
  const both = await open(2, 2);
  expect(await both.prefill([5, 6])).toEqual(Float32Array.of(0, 0));
  await both.step([7]);
  both.dispose();
  expect(found).toEqual([expect.closeTo(Math.LN2, 6), expect.closeTo(Math.LN2, 6)]);
  expect(log).toEqual(['own 5,6', 'float 5,6', 'own 7', 'float 7', 'own disposed', 'float disposed']);
});
