import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
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
  vi.stubEnv('BITCURVE_FIXTURES', undefined);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((stdout += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((stderr += String(text)), true));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(out, { recursive: true });
});

const { signal } = new AbortController();
const SHORT: Target = {
  ...{ name: 'short', minutes: 0, committed: 'docs/results.md#', result: 'records.json' },
  command: ['sweep'],
};
/** The records from which `npm run report` wrote the committed tables. */
const PUBLISHED = readFileSync('public/examples/records.json', 'utf8');

/** Stands in for a sweep that measures these records. */
const measured = (records: string): RunCommandLine =>
  vi.fn<RunCommandLine>(async (command) => {
    const folder = command.at(-1)!;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'records.json'), records);
    return 0;
  });

interface Summary {
  fields: number;
  differences: { row: string; column: string; kind: string }[];
}
const summary = () => JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as Summary[];

test('the short form: the published records make the committed tables again, and are not measured twice', async () => {
  const run = measured(PUBLISHED);
  expect(await reproduce({ targets: [SHORT], out }, run, signal)).toBe(0);
  expect(summary()[0].differences).toEqual([]);
  expect(summary()[0].fields).toBeGreaterThan(500);
  expect(readFileSync(join(out, 'short/curve-stories260K.svg'), 'utf8')).toMatch(/^<svg .*<circle /s);
  expect(readFileSync(join(out, 'differences.csv'), 'utf8')).toContain('short,');
  expect(stdout).toMatch(/short: (\d+) of \1 deterministic fields equal, (\d+) of \2 qualities within/);
  expect(stdout).not.toContain('earlier run');
  await reproduce({ targets: [SHORT], out }, run, signal);
  expect(run).toHaveBeenCalledTimes(1);
  expect(stdout).toContain(`of an earlier run; delete ${join(out, 'short')} to run it again`);
});

test('a size that changed and a quality outside its interval are differences, a speed is none', async () => {
  const records = JSON.parse(PUBLISHED) as LabRecord[];
  const [first, second] = records.filter(({ role }) => role === 'codec');
  first.size.totalBytes += 1;
  second.quality.deltaPercent += 50;
  for (const { speed } of records) if (speed.encodeMs) speed.encodeMs *= 3;
  expect(await reproduce({ targets: [SHORT], out }, measured(JSON.stringify(records)), signal)).toBe(1);
  expect(summary()[0].differences.map(({ column, kind }) => [column, kind])).toEqual([
    ['Bytes', 'exact'],
    ['Δ % [95 %]', 'measured'],
  ]);
  expect(stdout).toContain('1 of 1 targets differ: short.');
});

test('what a target reads is made first, in its folder', async () => {
  const run = measured(PUBLISHED);
  const target = {
    ...SHORT,
    before: [['export', '--out', 'FOLDER/a.gguf']],
    command: ['sweep', 'FOLDER/a.gguf'],
  };
  expect(await reproduce({ targets: [target], out }, run, signal)).toBe(0);
  const file = join(out, 'short/a.gguf');
  expect(vi.mocked(run).mock.calls.map(([command]) => command)).toEqual([
    ['export', '--out', file],
    ['sweep', file, '--out', join(out, 'short')],
  ]);
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

  test('a document without the tables is a failure, not an agreement', async () => {
    const targets = [{ ...SHORT, committed: 'docs/results.md#no such model' }];
    expect(await reproduce({ targets, out }, measured(PUBLISHED), signal)).toBe(1);
    expect(stdout).toContain('short: docs/results.md#no such model has no table to compare with.');
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

test('each target has a name of its own and compares with a committed file that exists', () => {
  expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
  for (const { committed } of TARGETS)
    expect(() => readFileSync(committed.split('#')[0]), committed).not.toThrow();
});
