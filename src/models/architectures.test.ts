import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../base/errors';
import { readJson } from '../testing/checkpoint';
import { hasShared, sharedPath } from '../testing/shared';
import { parseSafetensors } from '../formats/safetensors';
import { readFileSync } from 'node:fs';
import { allSteps, stepValues } from './layout';
import { architectureFor, architectures } from './registry';

type Config = Record<string, unknown>;

const GPT2: Config = {
  model_type: 'gpt2',
  vocab_size: 50,
  n_positions: 16,
  n_embd: 12,
  n_layer: 2,
  n_head: 3,
};
const LLAMA: Config = {
  model_type: 'llama',
  vocab_size: 50,
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};
const VIT: Config = {
  model_type: 'vit',
  hidden_size: 12,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  image_size: 8,
  patch_size: 4,
  id2label: { 0: 'cat', 1: 'dog' },
};

const TINY: Config = { model_type: 'tiny-classifier', image_size: 28, id2label: { 0: 'shirt', 1: 'bag' } };

const configure = (config: Config) => architectureFor(config).configure(config);

describe.skipIf(!hasShared)('tensors are those of real checkpoints (../shared)', () => {
  test.each([
    ...['fixtures/arch/gpt2', 'fixtures/arch/gpt2-width2', 'fixtures/arch/llama-gqa', 'fixtures/arch/vit'],
    ...['models/stories260K', 'models/stories15M', 'models/gpt2-tinystories', 'models/vit-cifar10'],
  ])('%s', (folder) => {
    const shape = configure(readJson(sharedPath(`${folder}/config.json`)) as Config);
    const { tensors } = parseSafetensors(readFileSync(sharedPath(`${folder}/model.safetensors`)));
    const layout = (entries: Iterable<readonly [string, readonly number[]]>) =>
      [...entries].map(([name, s]) => `${name} [${s.join()}]`).sort();
    const stored = [...tensors].map(([name, t]) => [name, t.shape] as const);
    expect(layout(shape.tensors.map((t) => [t.name, t.shape] as const))).toEqual(layout(stored));
    const count = stored.reduce((sum, [, s]) => sum + s.reduce((a, b) => a * b, 1), 0);
    expect(shape.parameters).toBe(count);
  });
});

test('published parameter counts: GPT-2 small, TinyLlama 1.1B, ViT-B/16', () => {
  const gpt2 = { ...GPT2, vocab_size: 50_257, n_positions: 1024, n_embd: 768, n_layer: 12, n_head: 12 };
  expect(configure(gpt2).parameters).toBe(124_439_808);
  const tinyLlama = {
    ...{ ...LLAMA, vocab_size: 32_000, hidden_size: 2048, intermediate_size: 5632, num_hidden_layers: 22 },
    ...{ num_attention_heads: 32, num_key_value_heads: 4, max_position_embeddings: 2048 },
  };
  expect(configure(tinyLlama).parameters).toBe(1_100_048_384);
  const labels = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [i, `${i}`]));
  const vit = {
    ...{ ...VIT, hidden_size: 768, intermediate_size: 3072, num_hidden_layers: 12, num_attention_heads: 12 },
    ...{ image_size: 224, patch_size: 16, id2label: labels },
  };
  expect(configure(vit).parameters).toBe(86_567_656);
});

test.each([GPT2, LLAMA, VIT, TINY])(
  'a program of $model_type uses declared tensors, all of them, and no value unset',
  (config) => {
    const shape = configure(config);
    const { program } = shape;
    const used = new Set([program.head.weight, program.head.bias]);
    const written = new Set<string>();
    for (const step of allSteps(program)) {
      for (const field of ['weight', 'bias', 'table', 'classToken'] as const)
        if (field in step) used.add((step as unknown as Record<string, string>)[field]);
      const { reads, writes } = stepValues(step);
      for (const { name } of reads) expect(written).toContain(name);
      for (const { name } of writes) written.add(name);
    }
    used.delete(undefined);
    expect([...used].sort()).toEqual(shape.tensors.map((t) => t.name).sort());
  },
);

test.each<[string, Config]>([
  ['n_embd', { ...GPT2, n_embd: 1e9 }],
  ['n_head', { ...GPT2, n_head: 0 }],
  ['attention heads', { ...GPT2, n_head: 5 }],
  ['attention heads', { ...GPT2, n_embd: 1024, n_head: 1 }],
  ['n_layer', { ...GPT2, n_layer: '2' }],
  ['vocab_size', { ...GPT2, vocab_size: 1.5 }],
  ['vocab_size', { ...GPT2, vocab_size: NaN }],
  ['activation_function', { ...GPT2, activation_function: 'relu' }],
  ['add_cross_attention', { ...GPT2, add_cross_attention: true }],
  ['quantization_config', { ...GPT2, quantization_config: { bits: 4 } }],
  ['rope_scaling', { ...LLAMA, rope_scaling: { rope_type: 'llama3', factor: 8 } }],
  ['rope_scaling', { ...LLAMA, rope_scaling: { type: 'linear', factor: 2 } }],
  ['rope_parameters', { ...LLAMA, rope_parameters: { rope_type: 'yarn' } }],
  ['num_key_value_heads', { ...LLAMA, num_key_value_heads: 3 }],
  ['head_dim', { ...LLAMA, head_dim: 7 }],
  ['head_dim', { ...LLAMA, head_dim: 1000 }],
  ['hidden_act', { ...LLAMA, hidden_act: 'gelu' }],
  ['patch_size', { ...VIT, patch_size: 3 }],
  ['image_size', { ...VIT, image_size: [8, 8] }],
  ['id2label', { ...VIT, id2label: {} }],
  ['id2label', { ...TINY, id2label: {} }],
  ['image_size', { ...TINY, image_size: 0 }],
  ['image_size', { ...TINY, image_size: 4096 }],
])('refuses a bad %s by name', (field, config) => {
  expect(() => configure(config)).toThrow(field);
  expect(() => configure(config)).toThrow(LabError);
});

test('an unknown model type is refused with the list of known ones', () => {
  for (const model_type of ['mamba', undefined, 7, '__proto__'])
    expect(() => architectureFor({ model_type })).toThrow(LabError);
  expect(architectures.map((a) => a.id).sort()).toEqual(['gpt2', 'llama', 'tiny-classifier', 'vit']);
  const error = (() => {
    try {
      return architectureFor({ model_type: 'mamba' });
    } catch (e) {
      return e as LabError;
    }
  })();
  expect((error as LabError).remedy).toContain('gpt2, llama, tiny-classifier, vit');
});

test('whatever config.json holds, the answer is a shape or a LabError', () => {
  const base = fc.constantFrom(GPT2, LLAMA, VIT, TINY);
  const change = fc.dictionary(
    fc.constantFrom(...[GPT2, LLAMA, VIT].flatMap((c) => Object.keys(c)), 'head_dim'),
    fc.anything(),
  );
  fc.assert(
    fc.property(base, change, (config, changes) => {
      try {
        expect(configure({ ...config, ...changes }).parameters).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(LabError);
      }
    }),
    { numRuns: 300, seed: 1 },
  );
});

test('Llama options: biases, a head width of its own, an untied head', () => {
  const shape = configure({ ...LLAMA, attention_bias: true, mlp_bias: true, head_dim: 8 });
  const names = shape.tensors.map((t) => t.name);
  expect(names).toContain('model.layers.1.self_attn.o_proj.bias');
  expect(names).toContain('model.layers.0.mlp.down_proj.bias');
  expect(names).toContain('lm_head.weight');
  expect(shape.cacheWidths).toEqual([16, 16]);
  expect(shape.tensors.find((t) => t.name.endsWith('q_proj.weight'))?.matrix).toEqual([32, 24]);
});
