import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { terminal } from '../../../../src/testing/terminal';
import { main as bench } from '../command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-bench-'));
afterAll(() => rmSync(root, { recursive: true }));
const written = terminal();

test('a folder that cannot be written ends with exit code 1 and an error message', async () => {
  writeFileSync(join(root, 'file'), '');
  expect(
    await bench(['large', '--sizes', '15M', '--folder', join(root, 'file'), '--adapter', 'software']),
  ).toBe(1);
  expect(written.stderr).toMatch(/file cannot be written \(EEXIST\)/);
});
