import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import { sampleRecord } from '../../../src/testing/sampleRecord';
import { terminal } from '../../../src/testing/terminal';
import { main } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-compare-'));
afterAll(() => rmSync(root, { recursive: true }));
const written = terminal();

/** Writes a run of forty windows whose loss has risen by `nats` per token. */
function file(name: string, nats: number, change: Partial<LabRecord> = {}): string {
  const samples = Array.from({ length: 40 }, (_, i) => ({
    nll: 300 + (i % 2) + 100 * nats * (1 + (i % 3) / 10),
    baselineNll: 300,
    tokens: 100,
  }));
  const path = join(root, `${name}.json`);
  writeFileSync(path, JSON.stringify([sampleRecord({ samples, ...change })]));
  return path;
}

const before = file('before', 0);

test('prints significant changes, and fails only if asked to', async () => {
  const after = file('worse', 0.02);
  expect(await main([before, after])).toBe(0);
  expect(written.stdout).toMatch(/\| stories260K \| rtn\(bits=4,group=32\) \|.*\| \+2\.\d+ % \[.*\| worse/);
  expect(written.stdout).toContain('Codecs in both runs: 1. Significantly worse: 1, better: 0');
  expect(await main([before, after, '--fail-on', 'worse'])).toBe(1);
  expect(await main([after, before, '--fail-on', 'worse'])).toBe(0);
  expect(await main([after, before, '--fail-on', 'change'])).toBe(1);
});

test('fails if the upper bound of a loss exceeds the limit', async () => {
  const { quality } = sampleRecord();
  const run = (name: string, ci95: [number, number]) =>
    file(name, 0, { quality: { ...quality, deltaPercent: 2, deltaPercentCi95: ci95 }, validity: [] });
  const narrow = run('narrow', [1, 3]);
  expect(await main([before, narrow, '--max-increase', '3'])).toBe(0);
  expect(await main([before, narrow, '--max-increase', '2.9'])).toBe(1);
  expect(written.stdout).toContain(
    'stories260K, rtn(bits=4,group=32): rise of the perplexity +2.0 [+1.0, +3.0] %, perhaps more than 2.9.',
  );
  expect(await main([before, narrow, '--max-increase', 'little'])).toBe(2);
});

test('the limit also holds for codecs that were not compared', async () => {
  const { quality, codec } = sampleRecord();
  const lossy = { ...quality, deltaPercent: 2, deltaPercentCi95: [1, 3] as [number, number] };
  const elsewhere = file('elsewhere', 0, { quality: { ...lossy, datasetSha256: 'another' }, validity: [] });
  const added = join(root, 'added.json');
  const other = sampleRecord({ codec: { ...codec, spec: 'other' }, quality: lossy, validity: [] });
  const [small] = JSON.parse(readFileSync(before, 'utf8')) as LabRecord[];
  const lossless = { ...quality, deltaPercent: 0, deltaPercentCi95: [-1, 1] };
  const records = [{ ...small, quality: lossless, validity: [] }, other];
  writeFileSync(added, JSON.stringify(records));
  for (const after of [elsewhere, added]) {
    expect(await main([before, after, '--max-increase', '3'])).toBe(0);
    expect(await main([before, after, '--max-increase', '2.9'])).toBe(1);
  }
});

test('equal runs print no table unless all codecs are asked for', async () => {
  expect(await main([before, before, '--fail-on', 'change'])).toBe(0);
  expect(written.stdout).not.toContain('|');
  expect(await main([before, before, '--show', 'all'])).toBe(0);
  expect(written.stdout).toMatch(/\| equal/);
});

test('what was not measured again in the same way does not pass', async () => {
  const { quality, codec } = sampleRecord();
  const other = file('other', 0, { quality: { ...quality, datasetSha256: 'dd' } });
  expect(await main([before, other, '--fail-on', 'worse'])).toBe(1);
  expect(written.stdout).toContain('not comparable, since the data set differs');
  const missing = file('missing', 0, { codec: { ...codec, spec: 'rtn(bits=3,group=32)' } });
  expect(await main([before, missing, '--fail-on', 'worse'])).toBe(1);
  expect(written.stderr).toMatch(/have no codec of a model in common/);
});

test('refuses what is not a run', async () => {
  expect(await main([before])).toBe(2);
  expect(await main([before, join(root, 'absent.json')])).toBe(1);
  expect(await main([before, root])).toBe(1);
  expect(written.stderr).toContain('has no records.json');
  expect(await main([before, before, '--fail-on', 'better'])).toBe(2);
});
