import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import { sampleRecord } from '../../../src/testing/sampleRecord';
import { terminal } from '../../../src/testing/terminal';
import { main } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-stats-'));
afterAll(() => rmSync(root, { recursive: true }));
const written = terminal();

function folderOf(name: string, records: LabRecord[]): string {
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, 'records.json'), JSON.stringify(records));
  return join(root, name);
}

const estimate = (value: number, standardError: number) => ({ value, standardError });
const { quality } = sampleRecord();
/** What llama-perplexity computes for gpt2-tinystories as Q4_0 with float32 activations. */
const tokenStatistics = {
  perplexity: estimate(11.306075, 0.192442),
  baseline: estimate(11.110114, 0.188794),
  correlation: 0.9956,
  logRatio: estimate(0.017484, 0.001588),
  ratio: estimate(1.017638, 0.001616),
  difference: estimate(0.19596, 0.018162),
  kl: {
    mean: estimate(0.027733, 0.000182),
    quantiles: [
      [1, 0.605259],
      [0.999, 0.254698],
      [0.5, 0.020027],
    ],
  },
  probability: {
    mean: estimate(-0.00339, 0.00027),
    rootMeanSquare: estimate(0.04507, 0.00041),
    quantiles: [
      [1, 0.46542],
      [0.75, 0.0123],
    ],
  },
  sameTop: estimate(0.90884, 0.00175),
  flips: estimate(0.05, 0.001),
} satisfies NonNullable<LabRecord['quality']['tokenStatistics']>;

test('prints the figures in the words and digits of llama-perplexity', async () => {
  const record = sampleRecord({ quality: { ...quality, protocol: 'llama.cpp', tokenStatistics } });
  expect(await main([folderOf('one', [record])])).toBe(0);
  const lines = written.stdout.split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'Mean PPL(Q)                   :  11.306075 ±   0.192442',
      'Cor(ln(PPL(Q)), ln(PPL(base))):  99.56%',
      'Mean PPL(Q)-PPL(base)         :   0.195960 ±   0.018162',
      'Mean    KLD:   0.027733 ±   0.000182',
      'Maximum KLD:   0.605259',
      '99.9%   KLD:   0.254698',
      'Median  KLD:   0.020027',
      'Mean    Δp: -0.339 ± 0.027 %',
      'Maximum Δp: 46.542%',
      '75.0%   Δp:  1.230%',
      'RMS Δp    :  4.507 ± 0.041 %',
      'Same top p: 90.884 ± 0.175 %',
    ]),
  );
});

test('records of other protocols have no statistics', async () => {
  expect(await main([folderOf('none', [sampleRecord()])])).toBe(1);
  expect(written.stderr).toMatch(/no records of the protocol llama\.cpp.*\n.*--protocol llama\.cpp/);
});

test('other formats are refused', async () => {
  expect(await main([root, '--format', 'ollama'])).toBe(2);
});
