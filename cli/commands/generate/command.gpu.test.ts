import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import { terminal } from '../../../src/testing/terminal';
import { main as sweep } from '../sweep/command';
import { main as generate } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-generate-'));
afterAll(() => rmSync(root, { recursive: true }));
const written = terminal();

const CODEC = 'rtn(bits=2,group=32)';
const MODEL = ['--model', 'stories260K', '--codec', CODEC, '--adapter', 'software'];
const TEXTS = ['--prompt', 'Once upon a time', '--seed', '3', '--samples', '2', '--max-tokens', '4'];

test('a sweep asks tasks, and the texts of both forms join its records', async () => {
  const out = join(root, 'out');
  const quick = ['--windows', '2', '--context', '32', '--verdict', 'off', '--calibration', 'none'];
  const asked = [...quick, '--tasks', 'lambada', '--task-examples', '3'];
  const host = { openPage: () => expect.unreachable() };
  expect(await sweep([...MODEL, ...asked, '--out', out], host)).toBe(0);
  expect(written.stdout).toContain('| lambada | 3 | Accuracy |');
  expect(readFileSync(join(out, 'tasks.csv'), 'utf8')).toContain(',lambada,');

  expect(await generate([...MODEL, ...TEXTS, '--out', out])).toBe(0);
  const once = written.stdout;
  expect(once).toMatch(/seed 3\n\nbaseline:\n {2}Once upon a time[^]*rtn\(bits=2,group=32\):[^]*seed 4/);
  const records = JSON.parse(readFileSync(join(out, 'records.json'), 'utf8')) as LabRecord[];
  expect(records.map(({ tasks, texts }) => [tasks?.[0].examples, texts?.map(({ seed }) => seed)])).toEqual([
    [3, [3, 4]],
    [3, [3, 4]],
  ]);
  expect(records[0].texts![0].text).not.toBe(records[1].texts![0].text);
});

test('invalid options and a folder without the records are named', async () => {
  expect(await generate(['--model', 'stories260K'])).toBe(2);
  expect(written.stderr).toContain('--prompt is missing');
  expect(await generate([...MODEL, '--prompt', 'x', '--temperature', '-1'])).toBe(2);
  expect(await generate([...MODEL, '--prompt', 'x', '--out', join(root, 'none')])).toBe(1);
  expect(written.stderr).toContain('has no records.json');
});
