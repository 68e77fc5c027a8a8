import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LabError } from '../../../src/base/errors';
import { TRAIN_KEYS } from '../../../src/lab/train/parameters';
import { parseTrain, TRAIN_HELP } from './options';

const root = mkdtempSync(join(tmpdir(), 'bitcurve-train-options-'));
afterAll(() => rmSync(root, { recursive: true }));
const at = (name: string) => join(root, name);
beforeAll(() => {
  for (const stage of ['fresh', 'qat', 'control'])
    writeFileSync(at(`checkpoint-${stage}.safetensors`), `state of ${stage}`);
});

const failure = (args: readonly string[]): LabError => {
  try {
    parseTrain(args);
  } catch (error) {
    return error as LabError;
  }
  return expect.unreachable();
};
const OUT = ['--out', at('out')];
const TINY = ['--model', 'tiny-classifier', ...OUT];
const resumed = (args: readonly string[]) =>
  [...parseTrain(args).resume].map(([stage, { bytes }]) => [stage, new TextDecoder().decode(bytes)]);

describe('npm run train', () => {
  test('reads the plan, the folder and the checkpoint interval', () => {
    const request = parseTrain([...TINY, '--steps', '9', '--checkpoint-every', '3', '--adapter', 'software']);
    expect(request).toMatchObject({ out: at('out'), checkpointEvery: 3, adapter: 'software' });
    expect(request.plan.stages.qat).toMatchObject({ steps: 9, scope: 'all' });
    expect(request.resume.size).toBe(0);
  });

  test('accepts a file or a folder as training data', () => {
    writeFileSync(at('mine.txt'), 'Once upon a time');
    expect(parseTrain(['--model', 'stories260K', '--data', at('mine.txt'), ...OUT]).plan.data).toBe(
      at('mine.txt'),
    );
    expect(parseTrain([...TINY, '--data', root]).plan.data).toBe(root);
    expect(failure([...TINY, '--data', at('nowhere')]).message).toContain('nowhere');
  });

  test('resumes a stage, with the finished ones from the same folder', () => {
    expect(resumed([...TINY, '--resume', at('checkpoint-qat.safetensors')])).toEqual([
      ['fresh', 'state of fresh'],
      ['qat', 'state of qat'],
    ]);
    const trained = ['--model', 'stories260K', ...OUT, '--resume', at('checkpoint-qat.safetensors')];
    expect(resumed(trained)).toEqual([['qat', 'state of qat']]);
  });

  test('refuses checkpoints of stages that do not run, and missing files', () => {
    const fresh = ['--model', 'stories260K', ...OUT, '--resume', at('checkpoint-fresh.safetensors')];
    expect(failure(fresh)).toMatchObject({ code: 'bad-plan', message: /not a checkpoint of a stage/ });
    const missing = [...TINY, '--resume', at('elsewhere/checkpoint-fresh.safetensors')];
    expect(failure(missing).message).toMatch(/cannot be read \(ENOENT\)/);
    expect(failure([...TINY, '--resume', at('weights.bin')]).remedy).toContain('checkpoint-qat.safetensors');
  });

  test('names missing and unknown options', () => {
    expect(failure(OUT).message).toBe('--model is missing.');
    expect(failure(['--model', 'tiny-classifier']).message).toBe('--out is missing.');
    expect(failure([...TINY, '--epochs', '3']).remedy).toContain('--steps');
    expect(failure([...TINY, '--checkpoint-every', '0'])).toMatchObject({ code: 'bad-plan' });
    expect(failure(['--model', 'nothing', ...OUT]).message).toMatch(/no model "nothing"/);
  });

  test('the help lists every option', () => {
    for (const key of [...TRAIN_KEYS, 'out', 'resume', 'checkpoint-every', 'adapter'])
      expect(TRAIN_HELP).toContain(`--${key} `);
  });
});
