import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import { terminal } from '../../../src/testing/terminal';
import { main as sweep } from '../sweep/command';
import { main as merge } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-merge-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
const written = terminal();
const noPage = {
  openPage: () => Promise.reject(new Error('no page')),
  findChromium: () => Promise.reject(new Error()),
};
const PLAN = [
  '--model',
  'stories260K',
  '--codec',
  'rtn(bits=4,group=32)',
  '--codec',
  'nf4',
  '--codec',
  'float16',
];
const SHORT = ['--windows', '2', '--context', '32', '--verdict', 'off', '--compute', 'cpu'];

const recordsOf = (folder: string) =>
  JSON.parse(readFileSync(join(at(folder), 'records.json'), 'utf8')) as LabRecord[];

/** What does not depend on the machine and its speed. */
const figures = (records: readonly LabRecord[]) =>
  new Map(
    records.map(({ runKey, codec, role, artefactSha256, size, quality, samples, error }) => [
      runKey,
      { spec: codec.spec, role, artefactSha256, size, quality, samples, error },
    ]),
  );

test('the parts of a sweep, joined, are the sweep', async () => {
  const measure = (folder: string, ...more: string[]) =>
    sweep([...PLAN, ...SHORT, ...more, '--out', at(folder)], noPage);
  expect(await measure('whole')).toBe(0);
  expect(await measure('first', '--shard', '1/2')).toBe(0);
  expect(await measure('second', '--shard', '2/2')).toBe(0);
  expect(recordsOf('first').length + recordsOf('second').length).toBe(3 + 2);
  expect(await merge([at('first'), at('second'), '--out', at('all')])).toBe(0);
  expect(figures(recordsOf('all'))).toEqual(figures(recordsOf('whole')));
  // The baseline was measured twice.
  expect(JSON.parse(readFileSync(join(at('all'), 'speeds.json'), 'utf8'))).toHaveLength(5);
  expect(await merge([at('all'), at('whole'), '--out', at('again')])).toBe(0);
  expect(figures(recordsOf('again'))).toEqual(figures(recordsOf('whole')));

  expect(await merge([at('first'), '--out', at('all')])).toBe(1);
  expect(written.stderr).toContain('has records already');
  expect(await measure('none', '--shard', '9/9')).toBe(0);
  expect(await measure('more', '--shard', '1/9')).toBe(0);
  expect(written.stderr).toContain('more parts than codecs');
});

test('folders are required, and a search is not divided', async () => {
  expect(await merge(['--out', at('x')])).toBe(2);
  expect(written.stderr).toContain('DIR is missing');
  expect(await sweep(['--plan', 'frontier', '--shard', '1/2'], noPage)).toBe(2);
  expect(written.stderr).toContain('is a search');
});
