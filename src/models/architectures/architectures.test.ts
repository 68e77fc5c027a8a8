import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../base/errors';
import { fixture, LANGUAGE_FIXTURES } from '../../testing/fixtures';
import {
  GPT2,
  LLAMA,
  VIT,
  OPT,
  GPT_NEO,
  CODEGEN,
  GPT_NEOX,
  QWEN3,
  PHI3,
  TINY,
  TINY_CONFIGS,
} from '../../testing/tinyConfigs';
import { allSteps, stepValues } from '../program';
import { architectureFor, architectures } from '../registry';
import { expectTensorsOfCheckpoint } from '../testing/checkpointTensors';

type Config = Record<string, unknown>;

const LONGROPE = { type: 'longrope', short_factor: [1, 1, 1], long_factor: [2, 2, 2] };

const configure = (config: Config) => architectureFor(config).configure(config);

describe('the declared tensors are those of real checkpoints', () => {
  test.each([
    ...[...LANGUAGE_FIXTURES, 'vit'].map((name) => fixture(`arch/${name}`)),
    ...['stories260K', 'gpt2-tinystories', 'vit-cifar10'].map((name) => `public/models/${name}`),
  ])('%s', expectTensorsOfCheckpoint);
});

test('published parameter counts: GPT-2 small, TinyLlama 1.1B and ViT-B/16', () => {
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

test.each<[string, number, Config]>([
  [
    ...(['facebook/opt-125m', 125_239_296] as const),
    {
      ...{ model_type: 'opt', vocab_size: 50_272, hidden_size: 768, ffn_dim: 3072, num_hidden_layers: 12 },
      ...{ num_attention_heads: 12, max_position_embeddings: 2048 },
    },
  ],
  [
    ...(['EleutherAI/gpt-neo-1.3B', 1_315_575_808] as const),
    {
      ...{ model_type: 'gpt_neo', vocab_size: 50_257, hidden_size: 2048, num_layers: 24, num_heads: 16 },
      ...{ attention_types: [[['global', 'local'], 12]], max_position_embeddings: 2048 },
    },
  ],
  [
    ...(['Salesforce/codegen-350M-mono', 356_712_448] as const),
    {
      ...{ model_type: 'codegen', vocab_size: 51_200, n_positions: 2048, n_embd: 1024, n_layer: 20 },
      ...{ n_head: 16, rotary_dim: 32 },
    },
  ],
  [
    ...(['EleutherAI/pythia-70m', 70_426_624] as const),
    {
      ...{ model_type: 'gpt_neox', vocab_size: 50_304, hidden_size: 512, intermediate_size: 2048 },
      ...{ num_hidden_layers: 6, num_attention_heads: 8, rotary_pct: 0.25 },
    },
  ],
  [
    ...(['Qwen/Qwen3-0.6B', 596_049_920] as const),
    {
      ...{
        model_type: 'qwen3',
        vocab_size: 151_936,
        hidden_size: 1024,
        intermediate_size: 3072,
        head_dim: 128,
      },
      ...{
        num_hidden_layers: 28,
        num_attention_heads: 16,
        num_key_value_heads: 8,
        tie_word_embeddings: true,
      },
      ...{ use_sliding_window: false, sliding_window: null, max_window_layers: 28, rope_scaling: null },
    },
  ],
  [
    ...(['microsoft/Phi-3-mini-4k-instruct', 3_821_079_552] as const),
    {
      ...{ model_type: 'phi3', vocab_size: 32_064, hidden_size: 3072, intermediate_size: 8192 },
      ...{ num_hidden_layers: 32, num_attention_heads: 32, num_key_value_heads: 32, sliding_window: 2047 },
      rope_scaling: null,
    },
  ],
])('published parameter count: %s', (_, parameters, config) => {
  expect(configure(config).parameters).toBe(parameters);
});

test('GPT-Neo has a window in its local layers only and does not scale scores', () => {
  const attentions = allSteps(configure(GPT_NEO).program).flatMap((s) => (s.op === 'attention' ? [s] : []));
  expect(attentions.map((s) => s.window)).toEqual([undefined, 5, undefined, 5]);
  expect(attentions.map((s) => s.scale)).toEqual([1, 1, 1, 1]);
});

test('GPT-NeoX without parallel residual adds attention before the second norm', () => {
  const ops = (more: Config) => configure({ ...GPT_NEOX, ...more }).program.blocks[0].map((s) => s.op);
  const start = ['layerNorm', 'linear', 'rotary', 'rotary', 'attention', 'linear'];
  const end = ['linear', 'gelu', 'linear', 'add'];
  expect(ops({})).toEqual([...start, 'layerNorm', 'add', ...end]);
  expect(ops({ use_parallel_residual: false })).toEqual([...start, 'add', 'layerNorm', ...end]);
});

test('every architecture has a tiny config for tests and fuzzing', () => {
  const tried = new Set(TINY_CONFIGS.map((config) => architectureFor(config).id));
  expect([...tried].sort()).toEqual(architectures.map(({ id }) => id).sort());
});

test.each(TINY_CONFIGS)(
  'the program of $model_type uses exactly the declared tensors and reads no value before it is written',
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
  ['rope_scaling.low_freq_factor', { ...LLAMA, rope_scaling: { rope_type: 'llama3', factor: 8 } }],
  ['rope_scaling.factor', { ...LLAMA, rope_scaling: { type: 'linear', factor: 0.5 } }],
  ['rope_scaling.factor', { ...LLAMA, rope_scaling: { factor: 4 } }],
  ['rope_scaling.alpha', { ...LLAMA, rope_scaling: { type: 'dynamic', factor: 2, alpha: 1000 } }],
  ['rope_scaling.mrope_section', { ...QWEN3, rope_scaling: { type: 'default', mrope_section: [1, 2] } }],
  ['rope_scaling.rope_type', { ...LLAMA, rope_scaling: { rope_type: 'mrope' } }],
  ['rope_scaling.rope_type', { ...LLAMA, rope_scaling: { rope_type: 'proportional', rope_theta: 1e4 } }],
  ['rope_scaling.type', { ...LLAMA, rope_scaling: { type: null } }],
  ['rope_scaling', { ...LLAMA, rope_scaling: 2 }],
  ['rope_parameters.short_factor', { ...LLAMA, rope_parameters: { ...LONGROPE, short_factor: [1] } }],
  ['rope_parameters.long_factor', { ...LLAMA, rope_parameters: { ...LONGROPE, long_factor: [1, 0, 1] } }],
  ['rope_parameters.full_attention', { ...LLAMA, rope_parameters: { sliding_attention: {} } }],
  ['rope_parameters.rope_theta', { ...LLAMA, rope_parameters: { full_attention: {}, rope_theta: 5 } }],
  [
    'rope_parameters.full_attention.factor',
    { ...LLAMA, rope_parameters: { full_attention: { type: 'linear' } } },
  ],
  ['partial_rotary_factor', { ...LLAMA, partial_rotary_factor: 0.5 }],
  ['rope_theta', { ...GPT_NEOX, rope_theta: 500 }],
  ['partial_rotary_factor', { ...GPT_NEOX, partial_rotary_factor: 0.5 }],
  ['rope_theta', { ...LLAMA, rope_theta: null }],
  [
    'original_max_position_embeddings',
    { ...LLAMA, original_max_position_embeddings: 0, rope_scaling: LONGROPE },
  ],
  ['num_key_value_heads', { ...LLAMA, num_key_value_heads: 3 }],
  ['head_dim', { ...LLAMA, head_dim: 7 }],
  ['head_dim', { ...LLAMA, head_dim: 1000 }],
  ['hidden_act', { ...LLAMA, hidden_act: 'gelu' }],
  ['word_embed_proj_dim', { ...OPT, word_embed_proj_dim: 6 }],
  ['do_layer_norm_before', { ...OPT, do_layer_norm_before: false }],
  ['enable_bias', { ...OPT, enable_bias: false }],
  ['activation_function', { ...OPT, activation_function: 'swish' }],
  ['attention_types', { ...GPT_NEO, attention_types: [[['global'], 3]] }],
  ['attention_types', { ...GPT_NEO, attention_types: [[['sparse'], 4]] }],
  ['window_size', { ...GPT_NEO, window_size: 0 }],
  ['n_head', { ...CODEGEN, n_head: 2 }],
  ['rotary_dim', { ...CODEGEN, rotary_dim: 3 }],
  ['rotary_dim', { ...CODEGEN, rotary_dim: 6 }],
  ['rotary_dim', { ...CODEGEN, rotary_dim: null }],
  ['rotary_pct', { ...GPT_NEOX, rotary_pct: 0.4 }],
  ['rotary_pct', { ...GPT_NEOX, rotary_pct: 0 }],
  ['hidden_act', { ...GPT_NEOX, hidden_act: 'silu' }],
  ['use_sliding_window', { ...QWEN3, use_sliding_window: true }],
  ['layer_types', { ...QWEN3, layer_types: ['full_attention', 'sliding_attention'] }],
  ['rope_scaling.type', { ...PHI3, rope_scaling: { type: 'linear', factor: 4 } }],
  ['rope_scaling.long_factor', { ...PHI3, rope_scaling: { type: 'longrope', short_factor: [1, 1, 1] } }],
  ['partial_rotary_factor', { ...PHI3, partial_rotary_factor: 0.5 }],
  ['patch_size', { ...VIT, patch_size: 3 }],
  ['image_size', { ...VIT, image_size: [8, 8] }],
  ['id2label', { ...VIT, id2label: {} }],
  ['id2label', { ...TINY, id2label: {} }],
  ['image_size', { ...TINY, image_size: 0 }],
  ['image_size', { ...TINY, image_size: 4096 }],
])('refuses an invalid %s and names it', (field, config) => {
  expect(() => configure(config)).toThrow(field);
  expect(() => configure(config)).toThrow(LabError);
});

test('a context of a million tokens is no reason to refuse a model, since nothing is allocated for it', () => {
  for (const max_position_embeddings of [262_144, 1_048_576])
    for (const config of [LLAMA, QWEN3, PHI3, GPT_NEOX])
      expect(configure({ ...config, max_position_embeddings }).maxContext).toBe(max_position_embeddings);
});

test('dynamic scaling extends the context', () => {
  const rope_scaling = { type: 'dynamic', factor: 2.5 };
  expect(configure({ ...LLAMA, max_position_embeddings: 64, rope_scaling }).maxContext).toBe(160);
});

test('an unknown model type is refused with a list of the known ones', () => {
  for (const model_type of ['mamba', undefined, 7, '__proto__'])
    expect(() => architectureFor({ model_type })).toThrow(LabError);
  expect(architectures.map((a) => a.id).sort()).toEqual([
    ...[
      'codegen',
      'dit',
      'gpt-neo',
      'gpt-neox',
      'gpt2',
      'llama',
      'opt',
      'phi3',
      'qwen3',
      'tiny-classifier',
      'vit',
    ],
  ]);
  const error = (() => {
    try {
      return architectureFor({ model_type: 'mamba' });
    } catch (e) {
      return e as LabError;
    }
  })();
  expect((error as LabError).remedy).toContain(
    'codegen, gpt2, gpt_neo, gpt_neox, llama, opt, phi3, qwen3, tiny-classifier, vit',
  );
});

test('any config.json gives a shape or a LabError', () => {
  const base = fc.constantFrom(...TINY_CONFIGS);
  const change = fc.dictionary(
    fc.constantFrom(...new Set(TINY_CONFIGS.flatMap((c) => Object.keys(c))), 'rope_scaling', 'rope_theta'),
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

test('Llama supports biases, an explicit head width and an untied head', () => {
  const shape = configure({ ...LLAMA, attention_bias: true, mlp_bias: true, head_dim: 8 });
  const names = shape.tensors.map((t) => t.name);
  expect(names).toContain('model.layers.1.self_attn.o_proj.bias');
  expect(names).toContain('model.layers.0.mlp.down_proj.bias');
  expect(names).toContain('lm_head.weight');
  expect(shape.cacheWidths).toEqual([16, 16]);
  expect(shape.tensors.find((t) => t.name.endsWith('q_proj.weight'))?.matrix).toEqual([32, 24]);
});
