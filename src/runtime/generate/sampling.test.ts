import { expect, test } from 'vitest';
import { KeyedRandom } from '../../base/random';
import { argMax, checkSampling, sampleToken } from './sampling';

const logits = Float32Array.from([Math.log(1), Math.log(5), Math.log(3), Math.log(1)]);

test('greedy sampling takes the largest logit, of equal ones the first', () => {
  expect(sampleToken(logits, { temperature: 0 }, 0.99)).toBe(1);
  expect(argMax([2, 7, 7])).toBe(1);
});

test('at temperature 1 each token is drawn with its probability', () => {
  const random = new KeyedRandom(3);
  const counts = [0, 0, 0, 0];
  const draws = 20_000;
  for (let i = 0; i < draws; i++) counts[sampleToken(logits, { temperature: 1 }, random.nextUniform())]++;
  // Five standard deviations of a binomial proportion.
  [0.1, 0.5, 0.3, 0.1].forEach((p, id) =>
    expect(Math.abs(counts[id] / draws - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / draws)),
  );
});

test('at temperature 0.5 the odds are squared', () => {
  // Odds 1 : 25 : 9 : 1 of 36.
  expect(sampleToken(logits, { temperature: 0.5 }, 0.5 / 36)).toBe(0);
  expect(sampleToken(logits, { temperature: 0.5 }, 1.5 / 36)).toBe(1);
  expect(sampleToken(logits, { temperature: 0.5 }, 25.5 / 36)).toBe(1);
  expect(sampleToken(logits, { temperature: 0.5 }, 26.5 / 36)).toBe(2);
  expect(sampleToken(logits, { temperature: 0.5 }, 35.5 / 36)).toBe(3);
});

test('top-k keeps only the k most likely tokens', () => {
  // Odds 5 : 3 of tokens 1 and 2.
  expect(sampleToken(logits, { temperature: 1, topK: 2 }, 4.9 / 8)).toBe(1);
  expect(sampleToken(logits, { temperature: 1, topK: 2 }, 5.1 / 8)).toBe(2);
  expect(sampleToken(logits, { temperature: 1, topK: 2 }, 1 - 2 ** -24)).toBe(2);
});

test('logits that are not finite and options out of range are errors', () => {
  expect(() => sampleToken(Float32Array.of(NaN, NaN), { temperature: 1 }, 0)).toThrow('not finite');
  expect(() => checkSampling({ temperature: -1 })).toThrow('temperature');
  expect(() => checkSampling({ temperature: NaN })).toThrow('temperature');
  expect(() => checkSampling({ temperature: 1, topK: 1.5 })).toThrow('Top-k');
});
