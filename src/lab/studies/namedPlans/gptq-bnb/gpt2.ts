/** The fields of config.json of https://huggingface.co/openai-community/gpt2 that decide shapes, for the published example. */
export const GPT2_CONFIG = {
  model_type: 'gpt2',
  n_layer: 12,
  n_head: 12,
  n_embd: 768,
  n_positions: 1024,
  n_ctx: 1024,
  vocab_size: 50257,
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
} as const;
