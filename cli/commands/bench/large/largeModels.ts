/** A published model whose shape is measured with generated weights. */
export interface LargeModel {
  name: string;
  label: string;
  /** Content of config.json. */
  config: Readonly<Record<string, unknown>>;
  /** Maximum resident memory of compressing it, and of measuring it, where docs/large-models.md states one. */
  maxPeakBytes?: { compress: number; measure: number };
}

const gptNeo = (width: number) => ({
  model_type: 'gpt_neo',
  vocab_size: 50257,
  hidden_size: width,
  num_layers: 24,
  num_heads: 16,
  intermediate_size: null,
  max_position_embeddings: 2048,
  attention_types: [[['global', 'local'], 12]],
  window_size: 256,
  activation_function: 'gelu_new',
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
});

/**
 * Karpathy's stories15M, OpenAI's GPT-2 and EleutherAI's GPT-Neo 350M and 1.3B, with the configurations published on
 * the hub.
 */
export const LARGE_MODELS: readonly LargeModel[] = [
  {
    name: '15M',
    label: 'stories15M (Llama)',
    config: {
      model_type: 'llama',
      vocab_size: 32000,
      hidden_size: 288,
      intermediate_size: 768,
      num_hidden_layers: 6,
      num_attention_heads: 6,
      num_key_value_heads: 6,
      max_position_embeddings: 256,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      hidden_act: 'silu',
      tie_word_embeddings: true,
    },
  },
  {
    name: '124M',
    label: 'GPT-2',
    config: {
      model_type: 'gpt2',
      vocab_size: 50257,
      n_positions: 1024,
      n_embd: 768,
      n_layer: 12,
      n_head: 12,
      activation_function: 'gelu_new',
      tie_word_embeddings: true,
    },
  },
  { name: '350M', label: 'GPT-Neo 350M', config: gptNeo(1024) },
  {
    name: '1.3B',
    label: 'GPT-Neo 1.3B',
    config: gptNeo(2048),
    maxPeakBytes: { compress: 2 * 2 ** 30, measure: 3 * 2 ** 30 },
  },
];
