import { KeyedRandom } from '../../base/random';
import type { ModelShape } from '../../models/architecture';
import { architectureFor } from '../../models/registry';

/** Configs small enough for float64 loops that cover every operation, with several blocks and heads. */
const CONFIGS = {
  gpt2: {
    ...{ model_type: 'gpt2', vocab_size: 11, n_positions: 9, n_embd: 8, n_layer: 2, n_head: 2 },
    n_inner: 20,
  },
  'llama, tied': {
    ...{ model_type: 'llama', vocab_size: 13, hidden_size: 12, intermediate_size: 10, num_hidden_layers: 2 },
    ...{ num_attention_heads: 6, num_key_value_heads: 2, head_dim: 2, max_position_embeddings: 9 },
    ...{ tie_word_embeddings: true, rms_norm_eps: 1e-5 },
  },
  'llama, untied, with biases': {
    ...{ model_type: 'llama', vocab_size: 9, hidden_size: 8, intermediate_size: 14, num_hidden_layers: 2 },
    ...{ num_attention_heads: 2, num_key_value_heads: 1, head_dim: 4, max_position_embeddings: 9 },
    ...{ tie_word_embeddings: false, attention_bias: true, mlp_bias: true },
  },
  opt: {
    ...{ model_type: 'opt', vocab_size: 11, hidden_size: 8, ffn_dim: 20, num_hidden_layers: 2 },
    ...{ num_attention_heads: 2, max_position_embeddings: 9 },
  },
  codegen: {
    ...{ model_type: 'codegen', vocab_size: 11, n_positions: 9, n_embd: 12, n_layer: 2, n_head: 4 },
    ...{ n_inner: 12, rotary_dim: 2 },
  },
  'gpt-neox': {
    ...{ model_type: 'gpt_neox', vocab_size: 11, hidden_size: 8, intermediate_size: 12 },
    ...{ num_hidden_layers: 2, num_attention_heads: 2, rotary_pct: 0.5, max_position_embeddings: 9 },
  },
  'gpt-neo': {
    ...{ model_type: 'gpt_neo', vocab_size: 11, hidden_size: 8, num_layers: 2, num_heads: 2 },
    ...{ intermediate_size: 12, attention_types: [[['global', 'local'], 1]], window_size: 3 },
    max_position_embeddings: 9,
  },
  qwen3: {
    ...{ model_type: 'qwen3', vocab_size: 11, hidden_size: 8, intermediate_size: 12, head_dim: 4 },
    ...{ num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 },
    ...{ max_position_embeddings: 9, tie_word_embeddings: true },
  },
  phi3: {
    ...{ model_type: 'phi3', vocab_size: 11, hidden_size: 8, intermediate_size: 12, sliding_window: 4 },
    ...{ num_hidden_layers: 2, num_attention_heads: 2, num_key_value_heads: 1 },
    max_position_embeddings: 9,
  },
  vit: {
    ...{ model_type: 'vit', hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2 },
    ...{ intermediate_size: 12, image_size: 6, patch_size: 3, num_channels: 2, num_labels: 4 },
    layer_norm_eps: 1e-5,
  },
  'tiny-classifier': { model_type: 'tiny-classifier', image_size: 5, num_channels: 1, num_labels: 4 },
} as const;

export const TINY_MODELS = Object.keys(CONFIGS) as (keyof typeof CONFIGS)[];

/** Returns a tiny model with random values: matrices with a gain of about 1, norms around 1. */
export function tinyModel(name: keyof typeof CONFIGS, seed = 1) {
  const config: Record<string, unknown> = CONFIGS[name];
  const shape = architectureFor(config).configure(config);
  const values = new Map(
    shape.tensors.map(({ name: tensor, matrix: [rows, columns], role }, i) => {
      const random = new KeyedRandom(seed, 100 + i);
      const centre = role === 'norm' && tensor.endsWith('weight') ? 1 : 0;
      const spread = rows === 1 ? 0.3 : 1 / Math.sqrt(columns);
      const next = () => centre + spread * random.nextNormal();
      return [tensor, Float32Array.from({ length: rows * columns }, next)] as const;
    }),
  );
  return { shape, values };
}

/** Returns a batch of random inputs with random targets, a fifth of which are IGNORE. */
export function tinyBatch({ image, vocabulary, program }: ModelShape, sequences: number, length: number) {
  const random = new KeyedRandom(3);
  const below = (n: number) => Math.floor(random.nextUniform() * n);
  const count = sequences * (image ? image.channels * image.size ** 2 : length);
  const input = image
    ? Float32Array.from({ length: count }, () => random.nextNormal())
    : Uint32Array.from({ length: count }, () => below(vocabulary));
  const targets = Uint32Array.from({ length: image ? sequences : count }, (_, i) =>
    i % 5 === 3 ? 0xffffffff : below(program.head.outputs),
  );
  return { input, targets, sequences, length };
}
