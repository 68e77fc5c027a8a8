import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { main as claims } from './command';

let stdout = '';
let stderr = '';
beforeEach(() => {
  stdout = stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
});
afterEach(() => void vi.restoreAllMocks());

test('the committed ledger is what the committed results say', async () => {
  expect(await claims(['--check']), stderr).toBe(0);
  expect(stdout).toMatch(
    /^\d+ claims: \d+ reproduced, \d+ refuted, \d+ not comparable, \d+ out of reach\.\n$/,
  );
});

test('other arguments are invalid usage', async () => {
  expect(await claims(['--checks'])).toBe(2);
  expect(stderr).toContain("Unknown option '--checks'");
  expect(await claims(['--check', '--check'])).toBe(2);
});
