import { afterAll, describe, expect, test } from 'vitest';
import type { OpenOptions } from '../../gpu/device';
import { readCheckpoint } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { fixtureInput } from '../../testing/fixtureInput';
import { testGpu } from '../../testing/gpu';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import { formulaCheckpoint } from '../../testing/formulaWeights';
import { ROPE_MODELS, ropeInput } from '../../testing/ropeFixtures';
import { logits } from './logits';
import { denseWeights } from './weights';

/** The documented bound on the difference from Hugging Face transformers. */
const LOGITS = { abs: 1e-4 };
const DEVICES: Record<string, OpenOptions> = {
  'all features': {},
  portable: { portable: true },
  'bindings of 1 MiB': { bindingCap: 1 << 20 },
};

describe('logits equal Hugging Face transformers', () => {
  for (const [device, options] of Object.entries(DEVICES))
    test.each([...LANGUAGE_FIXTURES, 'vit'])(`%s, ${device}`, async (name) => {
      const gpu = await testGpu(options);
      const folder = fixture(`arch/${name}`);
      const checkpoint = readCheckpoint(folder);
      const { input, expected } = fixtureInput(folder);
      const weights = await denseWeights(gpu, checkpoint);
      const actual = await logits(gpu, checkpoint.shape, weights, input);
      weights.dispose();
      expectClose(actual, expected, LOGITS);
    });
});

test.each(ROPE_MODELS.flatMap((model) => model.runs.map((run) => ({ ...model, ...run }))))(
  'scaled rotary embeddings: $name, $length tokens',
  async ({ config, length, rows }) => {
    const gpu = await testGpu({});
    const { shape, tensor } = formulaCheckpoint(config);
    const weights = await denseWeights(gpu, { shape, tensor });
    const input = { values: Uint32Array.from(ropeInput(length)), sequences: 1, length };
    const actual = await logits(gpu, shape, weights, input);
    weights.dispose();
    for (const [row, expected] of Object.entries(rows))
      expectClose(
        actual.subarray(Number(row) * shape.vocabulary, (Number(row) + 1) * shape.vocabulary),
        expected,
        LOGITS,
      );
  },
);

afterAll(async () => {
  for (const options of Object.values(DEVICES)) expect((await testGpu(options)).buffers.liveCount).toBe(0);
});
