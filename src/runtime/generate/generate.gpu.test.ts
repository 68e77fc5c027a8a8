import { afterAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../gpu/gpu';
import { readCheckpoint, readJson, type Checkpoint } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import { formulaCheckpoint } from '../../testing/formulaWeights';
import { ROPE_MODELS, ropeInput } from '../../testing/ropeFixtures';
import { CachedDecoder, generate, type GenerateOptions } from './generate';
import { logits } from '../forward/logits';
import { denseWeights } from '../forward/weights';

const gpus = { plain: await testGpu(), capped: await testGpu({ bindingCap: 1 << 20 }) };
afterAll(() => Object.values(gpus).forEach((gpu) => expect(gpu.buffers.liveCount).toBe(0)));

/** Tolerance: the order of sums differs between a window and a cache, and logits are about 10. */
const CACHED = { abs: 5e-5 };

async function collect(gpu: Gpu, { shape, tensor }: Checkpoint, options: GenerateOptions): Promise<number[]> {
  const weights = await denseWeights(gpu, { shape, tensor });
  const ids: number[] = [];
  for await (const id of generate(gpu, shape, weights, options)) ids.push(id);
  weights.dispose();
  return ids;
}

describe('generation', () => {
  describe.each(LANGUAGE_FIXTURES)('%s', (name) => {
    const folder = fixture(`arch/${name}`);
    const expected = readJson(`${folder}/expected.json`) as { greedy_prompt: number[]; greedy_ids: number[] };
    const prompt = expected.greedy_prompt;

    test.each(['plain', 'capped'] as const)(
      'greedy tokens equal transformers (%s bindings)',
      async (device) => {
        const maxTokens = expected.greedy_ids.length - prompt.length;
        const options = { prompt, maxTokens, temperature: 0, seed: 0 };
        const added = await collect(gpus[device], readCheckpoint(folder), options);
        expect([...prompt, ...added]).toEqual(expected.greedy_ids);
      },
    );

    test('ends at the context limit without an error, and before a stop id', async () => {
      const checkpoint = readCheckpoint(folder);
      const all = await collect(gpus.plain, checkpoint, { prompt, maxTokens: 1000, temperature: 0, seed: 0 });
      expect(all.length).toBe(checkpoint.shape.maxContext - prompt.length);
      const stop = { prompt, maxTokens: 1000, temperature: 0, seed: 0, stopIds: [all[3]] };
      expect(await collect(gpus.plain, checkpoint, stop)).toEqual(all.slice(0, all.indexOf(all[3])));
    });
  });

  test.each(ROPE_MODELS.flatMap(({ name, config, greedy }) => (greedy ? [{ name, config, greedy }] : [])))(
    'greedy tokens equal those of transformers beyond the context of pretraining: $name',
    async ({ config, greedy }) => {
      const options = { prompt: ropeInput(12), maxTokens: greedy.length, temperature: 0, seed: 0 };
      expect(await collect(gpus.plain, formulaCheckpoint(config), options)).toEqual(greedy);
    },
  );

  test('equal seeds give equal tokens, different seeds different ones', async () => {
    const checkpoint = readCheckpoint('public/models/stories260K');
    const draw = (seed: number) =>
      collect(gpus.plain, checkpoint, { prompt: [1, 403], maxTokens: 24, temperature: 1, topK: 40, seed });
    const first = await draw(1);
    expect(await draw(1)).toEqual(first);
    expect(await draw(2)).not.toEqual(first);
  });

  test.each(['stories260K', 'gpt2-tinystories'])(
    '%s: cached logits equal those of the window',
    async (name) => {
      const gpu = gpus.plain;
      const checkpoint = readCheckpoint(`public/models/${name}`);
      const { shape } = checkpoint;
      const weights = await denseWeights(gpu, checkpoint);
      const ids = Uint32Array.from({ length: 45 }, (_, i) => (i * 37 + 11) % shape.vocabulary);
      const whole = await logits(gpu, shape, weights, { values: ids, sequences: 1, length: ids.length });
      const row = (i: number) => whole.subarray(i * shape.vocabulary, (i + 1) * shape.vocabulary);
      const prompt = [...ids.subarray(0, 40)];
      const decoder = await CachedDecoder.create(gpu, shape, weights, prompt.length, 6);
      expectClose(await decoder.prefill(prompt), row(39), CACHED);
      for (let i = 40; i < 45; i++) expectClose(await decoder.step(ids[i]), row(i), CACHED);
      decoder.dispose();
      weights.dispose();
    },
  );

  test('a prompt that is empty, too long or outside the vocabulary is an error, and an abort stops generation', async () => {
    const checkpoint = readCheckpoint(fixture('arch/gpt2'));
    const weights = await denseWeights(gpus.plain, checkpoint);
    const first = (prompt: number[], signal?: AbortSignal) =>
      generate(gpus.plain, checkpoint.shape, weights, {
        prompt,
        maxTokens: 2,
        temperature: 0,
        seed: 0,
        signal,
      }).next();
    await expect(first([])).rejects.toThrow('0 tokens');
    await expect(first(Array<number>(65).fill(1))).rejects.toThrow('65 tokens');
    await expect(first([256])).rejects.toThrow('vocabulary');
    await expect(first([1], AbortSignal.abort())).rejects.toThrow('Stopped');
    weights.dispose();
  });
});
