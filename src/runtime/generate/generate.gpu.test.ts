import { afterAll, describe, expect, test } from 'vitest';
import { OnnxDecoder } from '../../onnx/decoder';
import { nodeRuntime } from '../../platform/node/onnxRuntime';
import { readCheckpoint, readJson, type Checkpoint } from '../../testing/checkpoint';
import { expectClose } from '../../testing/close';
import { testGpu } from '../../testing/gpu';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import { formulaCheckpoint } from '../../testing/formulaWeights';
import { ROPE_MODELS, ropeInput } from '../../testing/ropeFixtures';
import { generateBatch } from './batch';
import { CachedDecoder, generate, type GenerateOptions, type OpenDecoder } from './generate';
import { logits } from '../forward/logits';
import { denseWeights } from '../forward/weights';

const gpus = { plain: await testGpu(), capped: await testGpu({ bindingCap: 1 << 20 }) };
afterAll(() => Object.values(gpus).forEach((gpu) => expect(gpu.buffers.liveCount).toBe(0)));

/** Tolerance: the order of sums differs between a window and a cache, and logits are about 10. */
const CACHED = { abs: 5e-5 };

/** Where tokens are generated. */
const PLACES = ['GPU', 'GPU with small bindings', 'CPU'] as const;
type Place = (typeof PLACES)[number];

const cpu = await nodeRuntime();

/** Opens decoders of a checkpoint until `dispose`. */
async function decoders(place: Place, { shape, tensor }: Checkpoint) {
  if (place === 'CPU') {
    const model = { id: 'test', shape, tensor };
    const open: OpenDecoder = (...size) => OnnxDecoder.create(cpu, model, ...size);
    return { open, dispose: () => undefined };
  }
  const gpu = place === 'GPU' ? gpus.plain : gpus.capped;
  const weights = await denseWeights(gpu, { shape, tensor });
  const open: OpenDecoder = (...size) => CachedDecoder.create(gpu, shape, weights, ...size);
  return { open, dispose: () => weights.dispose() };
}

async function collect(place: Place, checkpoint: Checkpoint, options: GenerateOptions): Promise<number[]> {
  const { open, dispose } = await decoders(place, checkpoint);
  const ids: number[] = [];
  for await (const id of generate(checkpoint.shape, open, options)) ids.push(id);
  dispose();
  return ids;
}

describe('generation', () => {
  describe.each(LANGUAGE_FIXTURES)('%s', (name) => {
    const folder = fixture(`arch/${name}`);
    const expected = readJson(`${folder}/expected.json`) as { greedy_prompt: number[]; greedy_ids: number[] };
    const prompt = expected.greedy_prompt;

    test.each(PLACES)('greedy tokens equal transformers (%s)', async (place) => {
      const maxTokens = expected.greedy_ids.length - prompt.length;
      const options = { prompt, maxTokens, temperature: 0, seed: 0 };
      const added = await collect(place, readCheckpoint(folder), options);
      expect([...prompt, ...added]).toEqual(expected.greedy_ids);
    });

    test.each(['GPU', 'CPU'] as const)(
      'ends at the context limit without an error, and before a stop id (%s)',
      async (place) => {
        const checkpoint = readCheckpoint(folder);
        const all = await collect(place, checkpoint, { prompt, maxTokens: 1000, temperature: 0, seed: 0 });
        expect(all.length).toBe(checkpoint.shape.maxContext - prompt.length);
        const stop = { prompt, maxTokens: 1000, temperature: 0, seed: 0, stopIds: [all[3]] };
        expect(await collect(place, checkpoint, stop)).toEqual(all.slice(0, all.indexOf(all[3])));
      },
    );
  });

  describe.each(['GPU', 'CPU'] as const)('on the %s', (place) => {
    test.each(ROPE_MODELS.flatMap(({ name, config, greedy }) => (greedy ? [{ name, config, greedy }] : [])))(
      'greedy tokens equal those of transformers beyond the context of pretraining: $name',
      async ({ config, greedy }) => {
        const options = { prompt: ropeInput(12), maxTokens: greedy.length, temperature: 0, seed: 0 };
        expect(await collect(place, formulaCheckpoint(config), options)).toEqual(greedy);
      },
    );
  });

  test.each(['GPU', 'CPU'] as const)(
    'equal seeds give equal tokens, different seeds different ones (%s)',
    async (place) => {
      const checkpoint = readCheckpoint('public/models/stories260K');
      const draw = (seed: number) =>
        collect(place, checkpoint, { prompt: [1, 403], maxTokens: 24, temperature: 1, topK: 40, seed });
      const first = await draw(1);
      expect(await draw(1)).toEqual(first);
      expect(await draw(2)).not.toEqual(first);
    },
  );

  test('stories260K generates the same tokens on either', async () => {
    const checkpoint = readCheckpoint('public/models/stories260K');
    const options = { prompt: [1, 403], maxTokens: 100, temperature: 0, seed: 0 };
    expect(await collect('CPU', checkpoint, options)).toEqual(await collect('GPU', checkpoint, options));
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
      for (const place of ['GPU', 'CPU'] as const) {
        const { open, dispose } = await decoders(place, checkpoint);
        const decoder = await open(prompt.length, 6);
        expectClose(await decoder.prefill(prompt), row(39), CACHED);
        for (let i = 40; i < 45; i++) expectClose(await decoder.step([ids[i]]), row(i), CACHED);
        decoder.dispose();
        dispose();
      }
      weights.dispose();
    },
  );

  test.each(['GPU', 'CPU'] as const)(
    'a bad prompt is an error, and an abort stops generation (%s)',
    async (place) => {
      const checkpoint = readCheckpoint(fixture('arch/gpt2'));
      const { open, dispose } = await decoders(place, checkpoint);
      const first = (prompt: number[], signal?: AbortSignal) =>
        generate(checkpoint.shape, open, { prompt, maxTokens: 2, temperature: 0, seed: 0, signal }).next();
      await expect(first([])).rejects.toThrow('0 tokens');
      await expect(first(Array<number>(65).fill(1))).rejects.toThrow('65 tokens');
      await expect(first([256])).rejects.toThrow('vocabulary');
      await expect(first([1], AbortSignal.abort())).rejects.toThrow('Stopped');
      dispose();
    },
  );
});

describe('texts side by side', () => {
  const STOP = 7;

  /** Prompts of different lengths, which begin alike. */
  const promptsOf = ({ shape }: Checkpoint) =>
    [5, 9, 6].map((length, p) =>
      Array.from({ length }, (_, i) => (i < 3 ? i : (31 * i + 17 * p) % shape.vocabulary)),
    );

  test.each(PLACES.flatMap((place) => ['gpt2', 'llama-gqa', 'phi3'].map((name) => ({ place, name }))))(
    'have the tokens that each has alone ($place, $name)',
    async ({ place, name }) => {
      const checkpoint = readCheckpoint(fixture(`arch/${name}`));
      const { shape } = checkpoint;
      const { open, dispose } = await decoders(place, checkpoint);
      const texts = promptsOf(checkpoint).map((prompt, i) => ({
        prompt,
        temperature: i === 1 ? 0.8 : 0,
        seed: i,
      }));
      const isComplete = (added: readonly number[]) => added.includes(STOP);
      const options = { texts, maxTokens: 8, stopIds: [3], isComplete };
      const together = await generateBatch(shape, open, options);
      for (const [i, text] of texts.entries())
        expect(together[i]).toEqual((await generateBatch(shape, open, { ...options, texts: [text] }))[0]);
      expect(together.every((added) => added.length > 0)).toBe(true);
      dispose();
    },
  );

  test('end where the context does', async () => {
    const checkpoint = readCheckpoint(fixture('arch/llama-gqa'));
    const { shape } = checkpoint;
    const { open, dispose } = await decoders('CPU', checkpoint);
    const prompt = (length: number) => Array.from({ length }, (_, i) => i % 40);
    const texts = [shape.maxContext - 2, 5].map((length) => ({
      prompt: prompt(length),
      temperature: 0,
      seed: 0,
    }));
    const [long, short] = await generateBatch(shape, open, {
      texts,
      maxTokens: 6,
      stopIds: [],
      isComplete: () => false,
    });
    expect([long.length, short.length]).toEqual([2, 6]);
    dispose();
  });
});
