import { KeyedRandom } from '../../../base/random';
import type { TensorSpec } from '../../architecture';
import type { Exportable } from '../../load/export';
import { architectureFor } from '../../registry';
import { BYTE_CHARACTERS } from '../../tokenizer/engine/normalizers';
import type { TokenizerJson } from '../../tokenizer/json';

/** Returns a model with the given config and random weights. */
export function tinyModel(
  config: TokenizerJson,
  assets = tinyTokenizer(config.vocab_size as number),
): Exportable {
  const shape = architectureFor(config).configure(config);
  return { config, shape, assets, tensor: async (spec) => randomValues(spec) };
}

/** Returns normal values that depend only on the tensor's name and shape. */
function randomValues({ name, matrix }: TensorSpec): Float32Array {
  const stream = [...name].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 7) >>> 0;
  const random = new KeyedRandom(11, stream);
  return Float32Array.from({ length: matrix[0] * matrix[1] }, () => random.nextNormal());
}

/** Returns a byte-level tokenizer of `size` tokens: letters, pairs of letters, and an end-of-text token. */
export function tinyTokenizer(
  size: number,
  change: (json: TokenizerJson) => TokenizerJson = (json) => json,
): Map<string, Uint8Array> {
  const letters = [...'abcdefghijĠ'];
  const merges = letters.flatMap((a) => letters.map((b) => [a, b])).slice(0, Math.max(0, size - 12));
  const tokens = ['<|end|>', ...letters, ...merges.map((parts) => parts.join(''))].slice(0, size);
  const added = { id: 0, content: '<|end|>', special: true, normalized: false };
  const json = change({
    version: '1.0',
    added_tokens: [added],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: 'BPE', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges },
  });
  return new Map([['tokenizer.json', new TextEncoder().encode(JSON.stringify(json))]]);
}

export const TINY_GPT2: TokenizerJson = {
  model_type: 'gpt2',
  vocab_size: 40,
  n_positions: 16,
  n_embd: 8,
  n_layer: 2,
  n_head: 2,
  n_inner: 24,
  activation_function: 'gelu_new',
  layer_norm_epsilon: 3e-6,
  tie_word_embeddings: false,
};

/** A Llama with grouped-query attention wider than the model, all biases, and an untied head. */
export const TINY_LLAMA: TokenizerJson = {
  model_type: 'llama',
  vocab_size: 40,
  hidden_size: 10,
  intermediate_size: 14,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  max_position_embeddings: 16,
  rms_norm_eps: 2e-5,
  rope_theta: 50_000,
  attention_bias: true,
  mlp_bias: true,
  tie_word_embeddings: false,
};

/** Returns a byte-level tokenizer whose 256 tokens are the bytes. */
export function byteTokenizer(): Map<string, Uint8Array> {
  const json = {
    version: '1.0',
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(BYTE_CHARACTERS.map((character, id) => [character, id])),
      merges: [],
    },
  };
  return new Map([['tokenizer.json', new TextEncoder().encode(JSON.stringify(json))]]);
}
