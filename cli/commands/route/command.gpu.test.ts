import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { terminal } from '../../../src/testing/terminal';
import { main } from './command';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-route-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = terminal();

test('measures a cascade from the bytes of its variants and writes the report', async () => {
  const out = join(folder, 'routing.md');
  const code = await main([
    ...['--model', 'stories260K', '--small', 'rtn(bits=3,group=32)', '--context', '32', '--windows', '12'],
    ...['--fit-windows', '8', '--max-increase', '20', '--by', 'token', '--out', out],
  ]);
  expect([code, written.stderr]).toEqual([0, expect.any(String)]);
  const report = readFileSync(out, 'utf8');
  expect(report).toContain(written.stdout.trimEnd());
  expect(report).toMatch(/\| token \| entropy \|/);
  const row = (name: string) => report.split('\n').find((line) => line.startsWith(`| ${name} |`))!;
  const cells = (name: string) =>
    row(name)
      .split('|')
      .map((cell) => cell.trim());
  const [, , small, , smallCost, , smallPerplexity] = cells('always small');
  const [, , large, , largeCost, , largePerplexity] = cells('always large');
  expect([small, large, largeCost]).toEqual(['0.0', '100.0', '1.000']);
  expect(Number(smallCost)).toBeLessThan(0.6);
  expect(Number(smallPerplexity)).toBeGreaterThan(1.5 * Number(largePerplexity));
  const ninety = cells('fitted to 90 %');
  expect(Number(ninety[2])).toBeGreaterThan(80);
  expect(Number(ninety[6])).toBeLessThan(1.25 * Number(largePerplexity));
});

test('models with different tokenizers are refused before anything is measured', async () => {
  const pair = ['--model', 'stories260K', '--small', 'rtn(bits=2)', '--large-model', 'gpt2-tinystories'];
  expect(await main(pair)).toBe(2);
  expect(written.stderr).toContain('stories260K and gpt2-tinystories have different tokenizers');
});

test('a model that is measured in parts has the same curve, and no prices', async () => {
  const [whole, parts] = [join(folder, 'whole.md'), join(folder, 'parts.md')];
  const asked = [
    ...['--model', 'stories260K', '--small', 'rtn(bits=3,group=32)', '--context', '32', '--windows', '12'],
    ...['--fit-windows', '8', '--by', 'token', '--signal', 'margin'],
  ];
  expect(await main([...asked, '--out', whole])).toBe(0);
  const little = [...asked, '--memory', '2MiB'];
  expect(await main([...little, '--out', parts])).toBe(0);
  // Losses of parts differ by less than 1e-6 nats, which no figure of the report shows.
  expect(readFileSync(parts, 'utf8')).toBe(readFileSync(whole, 'utf8'));
  expect(await main([...little, '--hardware', 'cpu'])).toBe(2);
  expect(written.stderr).toContain('stories260K does not fit the memory as a whole');
  expect(await main([...asked, '--memory', '1KiB'])).toBe(1);
  expect(written.stderr).toMatch(/memory/);
});

test('prices are given for both variants and for the single codec', async () => {
  const asked = [
    ...['--model', 'stories260K', '--small', 'rtn(bits=3,group=32)', '--context', '32', '--windows', '12'],
    ...['--fit-windows', '8', '--by', 'token', '--signal', 'margin', '--price-per-hour', '0.1'],
  ];
  expect(await main(asked)).toBe(0);
  expect(written.stdout).toMatch(/^At \$0\.1 an hour; every variant decodes [\d.,]+ and reads/m);
  for (const name of ['always small', 'always large', 'always rtn(bits=8,group=row)']) {
    const row = written.stdout.split('\n').find((line) => line.startsWith(`| ${name} |`))!;
    // The CPU runs float32 weights whatever the codec, so that all are equally fast.
    expect(row).toMatch(/ \| [\d.,]+ \| 1\.000 \|$/);
  }
});

test('refuses a small variant that is not smaller', async () => {
  const few = ['--context', '32', '--windows', '2', '--fit-windows', '2'];
  const pair = ['--model', 'stories260K', '--small', 'float16', '--large', 'rtn(bits=2,group=32)'];
  expect(await main([...pair, ...few])).toBe(2);
  expect(written.stderr).toMatch(/The small variant \(float16\) has .* bytes.*\n.*Exchange the two/);
});
