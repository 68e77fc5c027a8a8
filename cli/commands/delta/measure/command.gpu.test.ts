import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { LabRecord } from '../../../../src/lab/results/record';
import { terminal } from '../../../../src/testing/terminal';
import { main as compress } from '../../compress/command';
import { main as decompress } from '../../decompress/command';
import { main as delta } from '../command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-delta-measure-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
terminal();
const host = { openPage: () => expect.unreachable() };
const SOFTWARE = ['--adapter', 'software'];

test('deltas are records beside the fine-tuned model: an exact one has its losses, a lossy one nearly, both their own bytes', async () => {
  const base = join(process.cwd(), 'public/models/stories260K');
  const codec = ['--model', 'stories260K', '--codec', 'rtn(bits=8,group=32)', '--out', at('a.safetensors')];
  expect(await compress([...codec, ...SOFTWARE])).toBe(0);
  expect(await decompress([at('a.safetensors'), '--out', at('tuned'), ...SOFTWARE])).toBe(0);
  const pair = ['--base', base, '--tuned', at('tuned')];
  expect(await delta(['make', ...pair, '--exact', '--out', at('exact.delta')], host)).toBe(0);
  expect(await delta(['make', ...pair, '--max-error', '0.1', '--out', at('lossy.delta')], host)).toBe(0);
  const options = [
    '--codec',
    'float32',
    '--windows',
    '2',
    '--context',
    '32',
    '--verdict',
    'off',
    ...SOFTWARE,
  ];
  const files = [at('exact.delta'), at('lossy.delta')];
  expect(await delta(['measure', ...pair, ...files, ...options, '--out', at('records')], host)).toBe(0);
  const records = JSON.parse(readFileSync(join(at('records'), 'records.json'), 'utf8')) as LabRecord[];
  const value = (spec: string) => records.find((record) => record.codec.spec === spec)!;
  expect(value('file(exact.delta)').quality.value).toBe(value('baseline').quality.value);
  expect(value('file(exact.delta)').size.totalBytes).toBe(statSync(at('exact.delta')).size);
  const lossy = value('file(lossy.delta)');
  expect(lossy.quality.klMean).toBeGreaterThan(0);
  expect(lossy.quality.klMean).toBeLessThan(1e-3);
  expect(lossy.size.totalBytes).toBeLessThan(value('file(exact.delta)').size.totalBytes);
});
