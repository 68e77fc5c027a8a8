import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import type { LabRecord } from '../../../src/lab/results/record';
import { terminal } from '../../../src/testing/terminal';
import { main as decompress } from '../decompress/command';
import { main as train } from './command';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-train-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);

const written = terminal();

const TINY = ['--model', 'tiny-classifier', '--images', '200', '--steps', '10', '--adapter', 'software'];
const textOf = (folder: string, name: string) => readFileSync(join(at(folder), name), 'utf8');

test('writes records, tables, checkpoints and an artefact that can be decompressed', async () => {
  expect(await train([...TINY, '--out', at('first')])).toBe(0);
  expect(readdirSync(at('first')).sort()).toEqual(
    ['fresh', 'qat', 'control']
      .map((stage) => `checkpoint-${stage}.safetensors`)
      .concat(
        'qat.safetensors',
        'control.safetensors',
        'records.csv',
        'records.json',
        'steps.csv',
        'summary.csv',
        'summary.json',
      )
      .sort(),
  );
  expect(textOf('first', 'summary.csv')).toMatch(
    /^mode,accuracy,loss,latency_s,bytes\r\nfp32,[^]*\r\nptq,[^]*\r\nqat,[^]*\r\nfp32-control,/,
  );
  expect(textOf('first', 'steps.csv').trim().split('\n').length).toBe(31);
  const records = JSON.parse(textOf('first', 'records.json')) as LabRecord[];
  expect(records.map(({ training }) => training?.kind)).toEqual(['fresh', undefined, 'qat', 'fine-tune']);
  expect(written.stdout).toContain('after qat, 10 steps');
  expect(written.stderr).toMatch(/loss \d/);
  const file = join(at('first'), 'qat.safetensors');
  expect(await decompress([file, '--out', at('restored'), '--adapter', 'software'])).toBe(0);
});

test('resumes from a checkpoint of a finished stage, and accepts a folder of the published files', async () => {
  const folder = at('published');
  mkdirSync(folder);
  for (const part of ['images-idx3', 'labels-idx1']) {
    const packed = readFileSync(`public/data/fashion-mnist/train-${part}-ubyte.gz`);
    writeFileSync(join(folder, `train-${part}-ubyte`), gunzipSync(packed));
  }
  const checkpoint = join(at('first'), 'checkpoint-qat.safetensors');
  const args = [...TINY, '--data', folder, '--out', at('second')];
  // The unpacked files have other checksums, so the first run cannot be resumed with them.
  expect(await train([...args, '--resume', checkpoint])).toBe(2);
  expect(written.stderr).toMatch(/other contents than published/);
  expect(await train([...TINY, '--out', at('second'), '--resume', checkpoint])).toBe(0);
  expect(textOf('second', 'steps.csv').trim().split('\n').length).toBe(11);
  expect(await train([...args, '--control', 'off', '--qat', 'none'])).toBe(0);
  expect(textOf('second', 'records.json')).toContain('"dataset": "published"');
});

test('refuses to train on evaluation data', async () => {
  expect(await train([...TINY, '--data', 'fashion-mnist', '--out', at('third')])).toBe(2);
  expect(written.stderr).toMatch(/is the data this plan measures on[^]*fashion-mnist-training/);
  expect(readdirSync(at('third'))).toEqual([]);
});
