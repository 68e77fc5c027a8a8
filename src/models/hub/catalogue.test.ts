import { describe, expect, test } from 'vitest';
import { datasets } from '../../data/catalogue';
import { architectureFor, architectures } from '../registry';
import { hubModels } from './catalogue';
import { isHubId } from './origin';

interface Published {
  /** The fields of the model's config.json on the hub that determine its shape. */
  config: Record<string, unknown>;
  /** Size of a stored weight in bytes. */
  width: 2 | 4;
  /** Bytes stored in addition to the weights: causal masks of the layers, or a duplicate of a tied head. */
  extra?: number;
}

const CONTEXT = 1024 ** 2;
const gpt2 = (n_embd: number, n_layer: number, n_head: number) => ({
  ...{ model_type: 'gpt2', n_embd, n_layer, n_head, vocab_size: 50_257, n_positions: 1024, n_ctx: 1024 },
  ...{ activation_function: 'gelu_new', layer_norm_epsilon: 1e-5 },
});
const vit = (labels: number) => ({
  ...{ model_type: 'vit', hidden_size: 768, num_hidden_layers: 12, num_attention_heads: 12 },
  ...{ intermediate_size: 3072, image_size: 224, patch_size: 16, num_channels: 3, hidden_act: 'gelu' },
  id2label: Object.fromEntries(Array.from({ length: labels }, (_, i) => [String(i), `class ${i}`])),
});
const llama = (of: Record<string, unknown>) => ({ model_type: 'llama', hidden_act: 'silu', ...of });

/** Properties of the models, from their config.json and file lists on the hub. */
const PUBLISHED: Record<string, Published> = {
  'sshleifer/tiny-gpt2': { config: gpt2(2, 2, 2), width: 4, extra: 2 * CONTEXT },
  'Xenova/llama2.c-stories15M': {
    config: llama({
      ...{ hidden_size: 288, intermediate_size: 768, num_hidden_layers: 6, num_attention_heads: 6 },
      ...{ num_key_value_heads: 6, vocab_size: 32_000, max_position_embeddings: 256, rope_scaling: null },
      ...{ rms_norm_eps: 1e-5, rope_theta: 10_000, tie_word_embeddings: true, pretraining_tp: 1 },
    }),
    width: 4,
  },
  'EleutherAI/pythia-70m': {
    config: {
      ...{ model_type: 'gpt_neox', hidden_size: 512, intermediate_size: 2048, num_hidden_layers: 6 },
      ...{ num_attention_heads: 8, vocab_size: 50_304, max_position_embeddings: 2048, hidden_act: 'gelu' },
      ...{
        rotary_pct: 0.25,
        rotary_emb_base: 10_000,
        use_parallel_residual: true,
        tie_word_embeddings: false,
      },
    },
    width: 2,
    extra: 6 * 4 * CONTEXT,
  },
  'distilbert/distilgpt2': { config: gpt2(768, 6, 12), width: 4, extra: 6 * 4 * CONTEXT },
  'openai-community/gpt2': { config: gpt2(768, 12, 12), width: 4, extra: 12 * 4 * CONTEXT },
  'facebook/opt-125m': {
    config: {
      ...{ model_type: 'opt', hidden_size: 768, ffn_dim: 3072, num_hidden_layers: 12, vocab_size: 50_272 },
      ...{ num_attention_heads: 12, max_position_embeddings: 2048, word_embed_proj_dim: 768 },
      ...{ activation_function: 'relu', do_layer_norm_before: true, _remove_final_layer_norm: false },
    },
    width: 2,
  },
  'HuggingFaceTB/SmolLM2-135M': {
    config: llama({
      ...{ hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 30, num_attention_heads: 9 },
      ...{ num_key_value_heads: 3, vocab_size: 49_152, max_position_embeddings: 8192, rope_theta: 100_000 },
      ...{ rms_norm_eps: 1e-5, tie_word_embeddings: true, attention_bias: false, rope_scaling: null },
    }),
    width: 2,
  },
  'Salesforce/codegen-350M-mono': {
    config: {
      ...{ model_type: 'codegen', n_embd: 1024, n_layer: 20, n_head: 16, n_inner: null, rotary_dim: 32 },
      ...{ vocab_size: 51_200, n_positions: 2048, n_ctx: 2048, activation_function: 'gelu_new' },
      tie_word_embeddings: false,
    },
    width: 2,
    extra: 20 * 4 * CONTEXT,
  },
  'Qwen/Qwen3-0.6B': {
    config: {
      ...{ model_type: 'qwen3', hidden_size: 1024, intermediate_size: 3072, num_hidden_layers: 28 },
      ...{ num_attention_heads: 16, num_key_value_heads: 8, head_dim: 128, vocab_size: 151_936 },
      ...{ max_position_embeddings: 40_960, rms_norm_eps: 1e-6, rope_theta: 1_000_000, rope_scaling: null },
      ...{ hidden_act: 'silu', sliding_window: null, use_sliding_window: false, tie_word_embeddings: true },
    },
    width: 2,
    extra: 2 * 151_936 * 1024,
  },
  'TinyLlama/TinyLlama-1.1B-Chat-v1.0': {
    config: llama({
      ...{ hidden_size: 2048, intermediate_size: 5632, num_hidden_layers: 22, num_attention_heads: 32 },
      ...{ num_key_value_heads: 4, vocab_size: 32_000, max_position_embeddings: 2048, rope_theta: 10_000 },
      ...{ rms_norm_eps: 1e-5, tie_word_embeddings: false, attention_bias: false, rope_scaling: null },
    }),
    width: 2,
  },
  'EleutherAI/gpt-neo-1.3B': {
    config: {
      ...{ model_type: 'gpt_neo', hidden_size: 2048, num_layers: 24, num_heads: 16, vocab_size: 50_257 },
      ...{ intermediate_size: null, max_position_embeddings: 2048, window_size: 256 },
      ...{ attention_types: [[['global', 'local'], 12]], activation_function: 'gelu_new' },
    },
    width: 4,
    extra: 12 * 4 * CONTEXT,
  },
  'microsoft/Phi-3-mini-4k-instruct': {
    config: {
      ...{ model_type: 'phi3', hidden_size: 3072, intermediate_size: 8192, num_hidden_layers: 32 },
      ...{ num_attention_heads: 32, num_key_value_heads: 32, vocab_size: 32_064, rms_norm_eps: 1e-5 },
      ...{ max_position_embeddings: 4096, original_max_position_embeddings: 4096, rope_theta: 10_000 },
      ...{ rope_scaling: null, sliding_window: 2047, hidden_act: 'silu', tie_word_embeddings: false },
    },
    width: 2,
  },
  'nateraw/vit-base-patch16-224-cifar10': { config: vit(10), width: 4 },
  'google/vit-base-patch16-224': { config: vit(1000), width: 4 },
};

test('the models in the catalogue are those with a published config', () =>
  expect(hubModels.map(({ id }) => id).sort()).toEqual(Object.keys(PUBLISHED).sort()));

describe.each(hubModels.map((model) => [model.id, model] as const))('%s', (id, model) => {
  const { config, width, extra = 0 } = PUBLISHED[id];
  const shape = architectureFor(config).configure(config);

  test('matches its config.json', () => {
    expect(shape.parameters).toBe(model.parameters);
    expect(shape.task).toBe(model.task);
    expect(shape.architecture).toBe(model.architecture);
    if (model.task === 'language-model') expect(shape.maxContext).toBe(model.maxContext);
  });

  test('has a valid hub id, a known architecture and a known data set', () => {
    expect(isHubId(id)).toBe(true);
    expect(architectures.map((architecture) => architecture.id)).toContain(model.architecture);
    if (model.data) expect(datasets.map((set) => set.id)).toContain(model.data);
  });

  test('has a download size of its weights plus a tokenizer of up to 12 MB', () => {
    const weights = model.parameters * width + extra;
    expect(model.bytes).toBeGreaterThan(weights * 0.999);
    expect(model.bytes).toBeLessThan(weights * 1.001 + 12e6);
  });
});

test('the untrained model has a label that says so', () =>
  expect(hubModels.find(({ id }) => id === 'sshleifer/tiny-gpt2')?.labels).toEqual([
    'for testing downloads only',
  ]));
