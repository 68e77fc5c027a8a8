import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smallVit } from '../../../src/lab/train/testing/smallVit';
import { exportModel } from '../../../src/models/load/export';
import type { LabRecord } from '../../../src/lab/results/record';
import { terminal } from '../../../src/testing/terminal';
import { main as decompress } from '../decompress/command';
import { main as sweep } from '../sweep/command';
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
        'fresh.safetensors',
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

describe('a new classifier', () => {
  const HEAD = ['--model', at('vit'), '--head', 'cifar-10', '--adapter', 'software', '--seed', '5'];
  const SHORT = ['--steps', '40', '--batch', '64', '--learning-rate', '3e-3', '--images', '200'];
  const ALONE = ['--qat', 'none', '--control', 'off'];
  const recordsOf = (folder: string) => JSON.parse(textOf(folder, 'records.json')) as LabRecord[];

  beforeAll(async () => {
    mkdirSync(at('vit'));
    for (const [name, bytes] of await exportModel(await smallVit()))
      writeFileSync(join(at('vit'), name), bytes);
  });

  test('is trained on resized images, and its file is a model with the new classes', async () => {
    expect(await train([...HEAD, ...SHORT, ...ALONE, '--out', at('head')])).toBe(0);
    const [header, ...steps] = textOf('head', 'steps.csv')
      .trim()
      .split('\r\n')
      .map((line) => line.split(','));
    const losses = steps.map((step) => Number(step[header.indexOf('nll')]));
    const mean = (some: readonly number[]) => some.reduce((sum, loss) => sum + loss, 0) / some.length;
    expect(losses).toHaveLength(40);
    // ln 10 = 2.303 is knowing nothing.
    expect(mean(losses.slice(0, 5))).toBeGreaterThan(mean(losses.slice(-5)) + 0.1);
    const [baseline] = recordsOf('head');
    expect(baseline.training).toMatchObject({ kind: 'head', steps: 40, dataset: 'cifar-10-training' });

    expect(await decompress([join(at('head'), 'head.safetensors'), '--out', at('flowers')])).toBe(0);
    const config = JSON.parse(textOf('flowers', 'config.json')) as { id2label: Record<string, string> };
    expect(config.id2label[9]).toBe('truck');
    const measure = ['--codec', 'float16', '--images', '200', '--verdict', 'off', '--adapter', 'software'];
    const noBrowser = { openPage: () => expect.unreachable() };
    expect(await sweep(['--model', at('flowers'), ...measure, '--out', at('swept')], noBrowser)).toBe(0);
    expect(recordsOf('swept')[0].quality.value).toBe(baseline.quality.value);
    expect(baseline.quality.value).toBeGreaterThan(0.1);
  });

  test('resumes from its checkpoint', async () => {
    const checkpoint = join(at('head'), 'checkpoint-head.safetensors');
    expect(await train([...HEAD, ...SHORT, ...ALONE, '--out', at('again'), '--resume', checkpoint])).toBe(0);
    expect(recordsOf('again')[0].model.sha256).toBe(recordsOf('head')[0].model.sha256);
    expect(readdirSync(at('again'))).not.toContain('steps.csv');
  });

  test.each([
    [['--head', 'imagenet'], /--head cannot be "imagenet"[^]*none, cifar-10, fashion-mnist/],
    [['--head', 'fashion-mnist'], /Images of fashion-mnist have one channel; vit takes 3\./],
    [['--head', 'cifar-10', '--model', 'stories260K'], /head does not apply/],
  ])('%j is refused', async (options, why) => {
    const model = options.includes('--model') ? [] : ['--model', at('vit')];
    const args = [...model, ...options, '--adapter', 'software', '--out', at('refused')];
    expect(await train(args)).toBe(2);
    expect(written.stderr).toMatch(why);
  });
});
