import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { main as sweep } from '../sweep/command';
import { main, reproduce } from './command';
import { parseReproduce } from './options';
import type { RunCommandLine } from './run';
import { TARGETS, type Target } from './targets';

let stdout = '';
let stderr = '';
let out: string;
beforeEach(() => {
  stdout = stderr = '';
  out = mkdtempSync(join(tmpdir(), 'reproduce-'));
  // Hides the adapters of this machine from Dawn.
  vi.stubEnv('VK_ICD_FILENAMES', '/nonexistent');
  vi.stubEnv('BITCURVE_FIXTURES', undefined);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(out, { recursive: true });
});

/** The sweep in this process, without its page. */
const inThisProcess: RunCommandLine = ([, ...args]) =>
  (sweep as (args: readonly string[], host: unknown) => Promise<number>)(args, {});
const { signal } = new AbortController();
const SHORT: Target = {
  ...{ name: 'short', minutes: 0, committed: 'docs/results.md#stories260K', result: 'records.json' },
  command: ['sweep', '--model', 'stories260K', '--codec', 'rtn(bits=8,group=row)', '--verdict', 'off'],
};

test('the short form: a codec measured again agrees with the committed table, and is not measured twice', async () => {
  const run = vi.fn(inThisProcess);
  expect(await reproduce({ targets: [SHORT], out }, run, signal)).toBe(1);
  const [{ fields, differences }] = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
    fields: number;
    differences: { row: string; found: string }[];
  }[];
  // The other codecs of the committed table were not asked for, nor the opponent.
  expect(fields - differences.length).toBeGreaterThan(20);
  expect(differences.filter(({ row }) => /baseline|^`rtn\(bits=8,group=row\)`$/.test(row))).toEqual([]);
  expect(new Set(differences.map(({ found }) => found))).toEqual(new Set(['none']));
  expect(readFileSync(join(out, 'short/curve-stories260K.svg'), 'utf8')).toMatch(/^<svg .*<circle /s);
  expect(readFileSync(join(out, 'differences.csv'), 'utf8')).toContain('short,');
  expect(stdout).toContain('deterministic fields equal');

  await reproduce({ targets: [SHORT], out }, run, signal);
  expect(run).toHaveBeenCalledTimes(1);
});

describe('what ends a target early', () => {
  const other = { ...SHORT, name: 'other' };

  test('Ctrl-C keeps what is done and says how to continue', async () => {
    const run = vi.fn<RunCommandLine>().mockResolvedValue(130);
    expect(await reproduce({ targets: [SHORT, other], out }, run, signal)).toBe(130);
    expect(run).toHaveBeenCalledTimes(1);
    expect(stderr).toContain(`Stopped in short. The same command continues in ${out}.`);
    expect(JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8'))).toEqual([]);
  });

  test('a command that fails is a failure, and the next target runs', async () => {
    const run = vi.fn<RunCommandLine>().mockResolvedValue(1);
    expect(await reproduce({ targets: [SHORT, other], out }, run, signal)).toBe(1);
    expect(run).toHaveBeenCalledTimes(2);
    expect(stdout).toContain('short: the command failed with exit code 1.');
  });

  test('files that are not in the repository are named, and are no failure', async () => {
    const run = vi.fn<RunCommandLine>();
    const targets = [TARGETS.find(({ name }) => name === 'frontier-stories15M')!];
    expect(await reproduce({ targets, out }, run, signal)).toBe(0);
    expect(run).not.toHaveBeenCalled();
    expect(stdout).toContain('not run: models/stories15M is not in the repository. Set BITCURVE_FIXTURES');
  });
});

test('arguments choose the targets', async () => {
  expect(parseReproduce([]).targets).toEqual(TARGETS);
  const quick = parseReproduce(['--quick']).targets;
  expect(quick.reduce((sum, { minutes }) => sum + minutes, 0)).toBeLessThanOrEqual(5);
  expect(quick.length).toBeGreaterThan(0);
  expect(parseReproduce(['--only', 'tenpak', '--only', 'results']).targets.map(({ name }) => name)).toEqual([
    'tenpak',
    'results',
  ]);
  expect(await main(['--only', 'zip'])).toBe(2);
  expect(stderr).toContain('There is no target "zip".');
  expect(await main(['--quick', '--only', 'tenpak'])).toBe(2);
});

test('each target compares with a committed file that exists', () => {
  for (const { committed } of TARGETS)
    expect(() => readFileSync(committed.split('#')[0]), committed).not.toThrow();
});
