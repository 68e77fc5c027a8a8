import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import { sampleRecord } from '../../../src/testing/sampleRecord';
import { terminal } from '../../../src/testing/terminal';
import { main } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-advise-'));
afterAll(() => rmSync(root, { recursive: true }));
const written = terminal();

function folderOf(name: string, records: unknown): string {
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, 'records.json'), JSON.stringify(records));
  return join(root, name);
}

const record = (id: string, change: Partial<LabRecord> = {}) => sampleRecord({ id, validity: [], ...change });
const one = folderOf('one', [record('a')]);
const gpt2 = { ...sampleRecord().model, id: 'gpt2' };
const two = folderOf('two', [record('b', { model: gpt2 })]);

test('answers on stdout and in a file', async () => {
  const out = join(root, 'advice.md');
  expect(await main(['--records', one, '--max-increase', '3', '--out', out])).toBe(0);
  expect(written.stdout).toContain('Take `rtn(bits=4,group=32)`, the only codec that holds every limit');
  expect(readFileSync(out, 'utf8')).toBe(written.stdout);
});

test('that none holds is an answer', async () => {
  expect(await main(['--records', one, '--max-increase', '1'])).toBe(0);
  expect(written.stdout).toContain('The only codec does not hold every limit');
});

test('several folders: models are refused by name, or decided one by one', async () => {
  expect(await main(['--records', one, '--records', two])).toBe(1);
  expect(written.stderr).toContain('different models, which cannot be compared: stories260K; gpt2.');
  expect(await main(['--records', one, '--records', two, '--mixed', 'group'])).toBe(0);
  expect(written.stdout).toMatch(/^## stories260K$[^]*^## gpt2$/m);
});

test('the published optimiser has two candidates by default', async () => {
  expect(await main(['--published'])).toBe(0);
  expect(written.stdout).toContain('2 candidates, without calibration data, at most 2 % expected loss.');
  expect(written.stdout).toMatch(/\| bnb_nf4 \| 7\.5× of float32 \| 7\.50× \| 7\.75× \| 1\.0 \|/);
  expect(written.stdout).toMatch(/\| bnb_int8 \| 2× of float16 \| 4\.00× \|/);
  expect(written.stdout).toContain('| T4 | 0.50 | $2.78 |');
  // L·12h² + 2·V·h of GPT-2, in float16 and 4 bits.
  expect(written.stdout).toContain('162,129,408');
  expect(written.stdout).toMatch(/0\.302 GiB and\s+0\.083[0-9]* GiB/);
});

test('the published rule takes the cheapest by point estimates, with the tokens of the prompt in its rate', async () => {
  const timed = (id: string, spec: string, rate: number, deltaPercent: number) => {
    const percentile = { ms: 1000 / rate, ci95: [1, null] as [number, null] };
    const latency = { promptTokens: 32, tokens: 100, p50: percentile, p95: percentile, p99: percentile };
    const decodeTokensPerSecond = { median: rate, ci95: [rate, rate] as [number, number], samples: [rate] };
    const { codec, quality, speed } = sampleRecord();
    return record(id, {
      codec: { ...codec, spec },
      quality: { ...quality, deltaPercent },
      speed: { ...speed, latency, decodeTokensPerSecond },
    });
  };
  const folder = folderOf('presets', [
    timed('d', 'float16', 250, 0),
    timed('e', 'nf4(block=64,double=true)', 400, 1.5),
    timed('f', 'llm-int8(threshold=6)', 500, 2.5),
  ]);
  expect(await main(['--published', '--records', folder])).toBe(0);
  // Five times the decode rate of 400: $0.50 ÷ (2,000 · 3600) · 10⁶.
  expect(written.stdout).toContain('(T4): **bnb_nf4** at $0.0694.');
  // 1 − 250 ÷ 400.
  expect(written.stdout).toMatch(/\| bnb_nf4 \| \+1\.50 \|.*\| 37\.5 \|/);
});

describe('wrong use', () => {
  test.each([
    [[], /--records is missing/, 2],
    [['--records', one, '--price-per-hour=-1'], /--price-per-hour cannot be negative/, 2],
    [['--records', one, '--max-increase', 'NaN'], /must be a number, not "NaN"/, 2],
    [['--records', one, '--prefer', 'price'], /without the price of an hour/, 2],
    [['--records', one, '--published'], /No record is of a published preset/, 1],
    [['--published', '--hardware', 'TPU'], /no price for the hardware/, 2],
    [['--published', '--candidates', 'fp17'], /no candidate "fp17"/, 2],
    [['--records', join(root, 'nowhere')], /has no records\.json/, 1],
  ])('%j', async (args, message, code) => {
    expect(await main(args)).toBe(code);
    expect(written.stderr).toMatch(message);
  });

  test('a record with a figure that is not a number is refused by its field', async () => {
    // NaN has no spelling in JSON; programs write null or text in its place.
    const { quality } = sampleRecord();
    const folder = folderOf('nan', [record('c', { quality: { ...quality, deltaPercent: NaN } })]);
    expect(await main(['--records', folder])).toBe(1);
    expect(written.stderr).toContain('quality.deltaPercent');
  });
});
