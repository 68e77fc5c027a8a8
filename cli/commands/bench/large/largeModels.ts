/** A published model whose shape is measured with generated weights. */
export interface LargeModel {
  name: string;
  label: string;
  /** Number of transformer blocks. */
  blocks: number;
  /** Content of config.json for a number of blocks. */
  config: (blocks: number) => Readonly<Record<string, unknown>>;
  /** Maximum resident memory of compressing it, and of measuring it, where docs/large-models.md states one. */
  maxPeakBytes?: { compress: number; measure: number };
}

const gptNeo = (width: number) => (blocks: number) => ({
  model_type: 'gpt_neo',
  vocab_size: 50257,
  hidden_size: width,
  num_layers: blocks,
  num_heads: 16,
  intermediate_size: null,
  max_position_embeddings: 2048,
  attention_types: Array.from({ length: blocks }, (_, i) => [[i % 2 === 0 ? 'global' : 'local'], 1]),
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
    blocks: 6,
    config: (blocks) => ({
      model_type: 'llama',
      vocab_size: 32000,
      hidden_size: 288,
      intermediate_size: 768,
      num_hidden_layers: blocks,
      num_attention_heads: 6,
      num_key_value_heads: 6,
      max_position_embeddings: 256,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      hidden_act: 'silu',
      tie_word_embeddings: true,
    }),
  },
  {
    name: '124M',
    label: 'GPT-2',
    blocks: 12,
    config: (blocks) => ({
      model_type: 'gpt2',
      vocab_size: 50257,
      n_positions: 1024,
      n_embd: 768,
      n_layer: blocks,
      n_head: 12,
      activation_function: 'gelu_new',
      tie_word_embeddings: true,
    }),
  },
  { name: '350M', label: 'GPT-Neo 350M', blocks: 24, config: gptNeo(1024) },
  {
    name: '1.3B',
    label: 'GPT-Neo 1.3B',
    blocks: 24,
    config: gptNeo(2048),
    maxPeakBytes: { compress: 2 * 2 ** 30, measure: 3 * 2 ** 30 },
  },
];

/** Returns a model with fewer blocks. Its memory is that of the whole one where a part of it is in memory at a time. */
export function withBlocks(model: LargeModel, blocks: number): LargeModel {
  if (blocks >= model.blocks) return model;
  return { ...model, label: `${model.label}, ${blocks} of ${model.blocks} blocks`, blocks };
}
