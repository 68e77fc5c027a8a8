type Config = Record<string, unknown>;

/** A tiny config.json of every architecture, as in Hugging Face transformers, for tests. */
export const GPT2: Config = {
  model_type: 'gpt2',
  vocab_size: 50,
  n_positions: 16,
  n_embd: 12,
  n_layer: 2,
  n_head: 3,
};
export const LLAMA: Config = {
  model_type: 'llama',
  vocab_size: 50,
  hidden_size: 24,
  intermediate_size: 40,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
};
export const VIT: Config = {
  model_type: 'vit',
  hidden_size: 12,
  intermediate_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 3,
  image_size: 8,
  patch_size: 4,
  id2label: { 0: 'cat', 1: 'dog' },
};

export const OPT: Config = {
  ...{ model_type: 'opt', vocab_size: 50, hidden_size: 12, ffn_dim: 20, num_hidden_layers: 2 },
  ...{ num_attention_heads: 3, max_position_embeddings: 16, word_embed_proj_dim: 12 },
};
export const GPT_NEO: Config = {
  ...{ model_type: 'gpt_neo', vocab_size: 50, hidden_size: 12, num_layers: 4, num_heads: 3 },
  ...{ attention_types: [[['global', 'local'], 2]], window_size: 5, max_position_embeddings: 16 },
};
export const CODEGEN: Config = {
  ...{ model_type: 'codegen', vocab_size: 50, n_positions: 16, n_embd: 32, n_layer: 2, n_head: 8 },
  rotary_dim: 2,
};
export const GPT_NEOX: Config = {
  ...{ model_type: 'gpt_neox', vocab_size: 50, hidden_size: 24, intermediate_size: 40 },
  ...{ num_hidden_layers: 2, num_attention_heads: 3, rotary_pct: 0.25 },
};
export const QWEN3: Config = {
  ...{ model_type: 'qwen3', vocab_size: 50, hidden_size: 24, intermediate_size: 40, head_dim: 8 },
  ...{ num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
};
export const PHI3: Config = {
  ...{ model_type: 'phi3', vocab_size: 50, hidden_size: 24, intermediate_size: 40, sliding_window: 7 },
  ...{ num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
};

export const TINY: Config = {
  model_type: 'tiny-classifier',
  image_size: 28,
  id2label: { 0: 'shirt', 1: 'bag' },
};

export const DIT: Config = {
  ...{ _class_name: 'DiTTransformer2DModel', num_attention_heads: 2, attention_head_dim: 6, num_layers: 2 },
  ...{ in_channels: 1, out_channels: 1, sample_size: 8, patch_size: 4, num_embeds_ada_norm: 3 },
  norm_type: 'ada_norm_zero',
};

export const TINY_CONFIGS: readonly Config[] = [
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
  DIT,
];
