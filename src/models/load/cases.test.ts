import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { describeError } from '../../base/errors';
import { referenceLogits } from '../../runtime/reference/logits';
import { baseFolder, caseFiles } from '../../testing/cases';
import { expectClose } from '../../testing/close';
import { fixtureInput } from '../../testing/fixtureInput';
import { fixture } from '../../testing/fixtures';
import { importGguf } from '../gguf/import';
import type { Model } from '../model';
import { loadModel } from './load';

/** The documented bound on the difference of the float64 reference from transformers, which computes in float32. */
const LOGITS = { abs: 1e-5 };

async function expectLogits(model: Model, folder: string): Promise<void> {
  const { input, expected } = fixtureInput(folder);
  const specs = new Map(model.shape.tensors.map((spec) => [spec.name, spec]));
  const logits = await referenceLogits(model.shape, (name) => model.tensor(specs.get(name)!), input);
  expectClose(logits, expected, LOGITS);
}

describe('a rotary base gives the same logits in every spelling', () => {
  test.each(['cfg-theta-top', 'cfg-theta-in-rope_scaling', 'cfg-theta-per-layer-type'])(
    '%s',
    async (name) => {
      const model = await loadModel(caseFiles(`config-rope-theta/${name}`));
      await expectLogits(model, fixture('cases/config-rope-theta'));
    },
  );
});

test('NaN and Infinity in fields that nothing reads do not matter', async () => {
  const model = await loadModel(caseFiles('config-json-nan/model'));
  expect(model.config).toMatchObject({ initializer_range: NaN, x: Infinity });
  await expectLogits(model, fixture('cases/config-json-nan/model'));
});

test('a context of 262,144 tokens does not matter', async () => {
  const model = await loadModel(caseFiles('config-context-limit/model'));
  expect(model.shape.maxContext).toBe(262_144);
  await expectLogits(model, baseFolder('config-context-limit/model')!);
});

describe('a file in the place of another one is named', () => {
  test.each([
    ['st-lfs', /^model\.safetensors is a Git LFS pointer that stands for a file of 496992 bytes\.$/],
    ['bin-lfs', /^pytorch_model\.bin is a Git LFS pointer/],
    ['sh-lfs-config', /^config\.json is a Git LFS pointer/],
    ['st-html', /^model\.safetensors is a web page\.$/],
  ])('%s', async (name, message) => {
    const error = describeError(await loadModel(caseFiles(`pointer-files/${name}`)).catch((e: unknown) => e));
    expect(error.message).toMatch(message);
    expect(error.remedy).toMatch(/git lfs pull|download link/);
  });

  test('lfs.gguf', async () => {
    const bytes = readFileSync(fixture('cases/pointer-files/lfs.gguf'));
    await expect(importGguf(bytes, 'x')).rejects.toThrow(/Git LFS pointer/);
  });
});
