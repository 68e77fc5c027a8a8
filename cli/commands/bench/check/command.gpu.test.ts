import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { StoredRatio } from '../../../../src/bench/regression';
import { projectFolder } from '../../../../src/platform/node/paths';
import { terminal } from '../../../../src/testing/terminal';
import { main } from './command';

const folder = mkdtempSync(join(tmpdir(), 'bitcurve-check-'));
afterAll(() => rmSync(folder, { recursive: true }));
const written = terminal();

const STORED = join(projectFolder(), 'docs/measurements/check-lavapipe.json');

test('the stored ratios hold, and a kernel that was a thousand times faster before fails', async () => {
  const file = JSON.parse(readFileSync(STORED, 'utf8')) as { rows: StoredRatio[] };
  const [first, ...rest] = file.rows;
  const faster = { ...first, median: 1000 * first.median, range: [1000, 2000].map((x) => x * first.median) };
  const path = join(folder, 'stored.json');
  writeFileSync(path, JSON.stringify({ ...file, rows: [faster, ...rest] }));
  expect(await main(['--adapter', 'software', '--seconds', '0.1', '--stored', path])).toBe(1);
  const rows = written.stdout.split('\n').filter((line) => line.startsWith('| matmul'));
  expect(rows.map((row) => row.split('|').at(-2)!.trim())).toEqual(['SLOWER', ...rest.map(() => 'ok')]);
  expect(written.stdout).toContain(`${rest.length} of ${file.rows.length} cases are as fast as stored: FAIL`);
});

test('an adapter without stored ratios is refused with a remedy', async () => {
  expect(await main(['--adapter', 'software', '--stored', join(folder, 'none.json')])).toBe(1);
  expect(written.stderr).toMatch(/There are no stored ratios .*--check --write 5/s);
});
