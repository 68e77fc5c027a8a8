import type { ModelShape } from '../../architecture';
import { checkImplemented, inexpressible, shared, type GgufLayout, type ImplementedKey } from '../layout';
import { stepsOf } from '../../program';
import { float32, uint32 } from '../values';

/** Keys of which llama.cpp implements more than this program does. */
const IMPLEMENTED: readonly ImplementedKey[] = [
  ['expert_count', 0],
  ['attention.causal', true],
  ['attention.clamp_kqv', 0],
  ['attention.max_alibi_bias', 0],
  ['attention.scale', 0],
  ['use_parallel_residual', false],
];

/** The `gpt2` of llama.cpp, with fused query, key and value and the tanh form of GELU. */
const gpt2: GgufLayout = {
  architecture: 'gpt2',
  root: 'transformer.h',
  outer: {
    'transformer.wte': 'token_embd',
    'transformer.wpe': 'position_embd',
    'transformer.ln_f': 'output_norm',
    lm_head: 'output',
  },
  inner: {
    ln_1: 'attn_norm',
    'attn.c_attn': 'attn_qkv',
    'attn.c_proj': 'attn_output',
    ln_2: 'ffn_norm',
    'mlp.c_fc': 'ffn_up',
    'mlp.c_proj': 'ffn_down',
  },
  neutral: ['tensor_data_layout', 'pooling_type'],
  // ggml computes GELU from a table of float16 values.
  tolerance: 1e-2,
  hyperparameters(shape) {
    checkExpressible(shape);
    const [{ heads }] = stepsOf(shape.program, 'attention');
    const [{ value: inner }] = stepsOf(shape.program, 'gelu');
    const epsilon = shared(
      'layer_norm_epsilon',
      stepsOf(shape.program, 'layerNorm').map((step) => step.epsilon),
    );
    return [
      ['block_count', uint32(shape.program.blocks.length)],
      ['context_length', uint32(shape.maxContext)],
      ['embedding_length', uint32(shape.width)],
      ['feed_forward_length', uint32(inner.width)],
      ['attention.head_count', uint32(heads)],
      ['attention.head_count_kv', uint32(heads)],
      ['attention.layer_norm_epsilon', float32(epsilon)],
      ['vocab_size', uint32(shape.vocabulary)],
    ];
  },
  config(metadata, { vocabulary, tied }) {
    const heads = metadata.integer('gpt2.attention.head_count');
    const headWidth = metadata.integer('gpt2.embedding_length') / heads;
    checkImplemented(metadata, 'gpt2', [
      ['attention.head_count_kv', heads],
      ['attention.key_length', headWidth],
      ['attention.value_length', headWidth],
      ...IMPLEMENTED,
    ]);
    return {
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      vocab_size: vocabulary,
      n_positions: metadata.integer('gpt2.context_length'),
      n_embd: metadata.integer('gpt2.embedding_length'),
      n_layer: metadata.integer('gpt2.block_count'),
      n_head: heads,
      n_inner: metadata.integer('gpt2.feed_forward_length'),
      activation_function: 'gelu_new',
      layer_norm_epsilon: metadata.number('gpt2.attention.layer_norm_epsilon'),
      tie_word_embeddings: tied,
    };
  },
};

function checkExpressible(shape: ModelShape): void {
  if (stepsOf(shape.program, 'gelu').some(({ form }) => form !== 'tanh'))
    throw inexpressible('activation_function', 'is the exact GELU');
  if (stepsOf(shape.program, 'attention').some(({ scale, headWidth }) => scale !== 1 / Math.sqrt(headWidth)))
    throw inexpressible('the attention scale', 'is not 1/√(head width)');
}

export default gpt2;
