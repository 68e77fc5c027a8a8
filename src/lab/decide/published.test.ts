import { expect, test } from 'vitest';
import { HARDWARE_PRICES, pricePerMillion } from './prices';
import {
  publishedCandidates,
  publishedChoice,
  publishedGroup,
  publishedRate,
  publishedSavings,
} from './published';

const names = (filter: Parameters<typeof publishedCandidates>[0]) =>
  publishedCandidates(filter).map(({ name }) => name);

test('without calibration and at most 2 % there are two candidates, of 7.5× and 2.0×', () => {
  const found = publishedCandidates({ calibration: false, maxChange: 2 });
  expect(found.map(({ name, expected }) => [name, expected.compression])).toEqual([
    ['bnb_nf4', 7.5],
    ['bnb_int8', 2],
  ]);
});

test('filters of the catalogue, the largest expected compression first', () => {
  expect(names({ calibration: true })).toEqual([
    'gptq_size',
    'gptq_balanced',
    'awq_balanced',
    'gptq_quality',
    'awq_quality',
    'bnb_nf4',
    'bnb_int8',
  ]);
  expect(names({ calibration: true, maxChange: 1, minCompression: 7.5 })).toEqual([
    'gptq_quality',
    'awq_quality',
    'bnb_nf4',
  ]);
  expect(names({ calibration: false, names: ['fp16', 'bnb_nf4'] })).toEqual(['bnb_nf4', 'fp16']);
  expect(() => names({ calibration: true, names: ['bnb_nf3'] })).toThrow(/no candidate "bnb_nf3"/);
});

test('custom groups: 16 ÷ (4 + 16 ÷ g), and 0.8 or 0.5 + g ÷ 256 per cent', () => {
  expect(publishedGroup('gptq', 128).compression).toBeCloseTo(16 / 4.125, 12);
  expect(publishedGroup('gptq', 128).change).toBeCloseTo(1.3, 12);
  expect(publishedGroup('awq', 64).change).toBeCloseTo(0.75, 12);
});

test('the cheapest that passes every limit, or none', () => {
  const measured = [
    { name: 'fp16', change: 0, p99Ms: 60, tokensPerSecond: 1200 },
    { name: 'bnb_int8', change: 0.3, p99Ms: 120, tokensPerSecond: 3000 },
    { name: 'bnb_nf4', change: 1, p99Ms: 80, tokensPerSecond: 2000 },
    { name: 'gptq_size', change: 2.5, p99Ms: 50, tokensPerSecond: 4000 },
  ];
  const found = publishedChoice(measured, 3.5)!;
  expect(found.name).toBe('bnb_nf4');
  expect(found.price).toBeCloseTo(3.5 / 7.2, 12);
  expect(publishedSavings(found.price, pricePerMillion(3.5, 1200))).toBeCloseTo(40, 9);
  expect(publishedChoice(measured, 3.5, { change: 0.1, p99Ms: 10, tokensPerSecond: 1 })).toBeUndefined();
});

test('the published rate counts the tokens of the prompt', () => {
  expect(publishedRate(128, 32, 2) / (32 / 2)).toBe(5);
});

test('all hardware of the published table has a price above 0', () => {
  expect(HARDWARE_PRICES.every(({ pricePerHour }) => pricePerHour > 0)).toBe(true);
});
