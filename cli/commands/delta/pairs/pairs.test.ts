import { expect, test } from 'vitest';
import { sampleRecord } from '../../../../src/testing/sampleRecord';
import type { StoredPair } from './measure';
import { parseDeltaPairs } from './options';
import { pairsText } from './report';

const cost = (seconds: number, peakBytes: number) => ({ seconds, processorSeconds: seconds, peakBytes });

const pair = (name: string, isMeasured: boolean): StoredPair => ({
  pair: { name, type: 'bfloat16', base: 'b', tuned: 't', isMeasured },
  identical: 0.995,
  tunedBytes: 8_000_000,
  bytes: 400_000,
  aloneBytes: isMeasured ? 4_000_000 : 402_000,
  make: cost(4, 300 * 2 ** 20),
  apply: cost(2, 150 * 2 ** 20),
});

test('the tables have share, factor, rates in MB/s and peaks of each pair, steps of a chain apart', () => {
  const text = pairsText(
    [pair('gpt2, 8 steps', true), pair('8 → 16 steps', false)],
    [{ pair: 'gpt2, 8 steps', record: sampleRecord() }],
  );
  const [exact, chain, quality] = text.split('\n## ').slice(1);
  const figures = '| bfloat16 | 99.50 % | 8,000,000 | 400,000 | 20.0× |';
  const costs = '| 2.0 | 4.0 | 300 / 150 |';
  expect(exact).toContain(`| gpt2, 8 steps ${figures} 10.0× ${costs}`);
  expect(chain).toContain(`| 8 → 16 steps ${figures} no gain ${costs}`);
  expect(quality).toMatch(/ Measured on .*llvmpipe.*, \d{4}-\d\d-\d\d\.\n/);
  expect(quality).toContain(`| gpt2, 8 steps | \`${sampleRecord().codec.spec}\` |`);
});

test('steps, windows and images are checked', () => {
  expect(parseDeltaPairs([])).toMatchObject({ steps: 8, windows: undefined, images: undefined });
  expect(parseDeltaPairs(['--steps', '4', '--windows', 'all']).windows).toBe('all');
  expect(() => parseDeltaPairs(['--steps', '0'])).toThrow(/--steps/);
  expect(() => parseDeltaPairs(['--images', 'many'])).toThrow(/--images must be a whole number/);
});
