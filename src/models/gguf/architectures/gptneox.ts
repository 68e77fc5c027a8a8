import type { ModelShape } from '../../architecture';
import { checkImplemented, inexpressible, shared, type GgufLayout, type ImplementedKey } from '../layout';
import { stepsOf } from '../../program';
import { readRope, ropeEntries } from '../rope';
import { badField, bool, float32, uint32 } from '../values';

/** Keys of which llama.cpp implements more than this program does. */
const IMPLEMENTED: readonly ImplementedKey[] = [
  ['expert_count', 0],
  ['attention.causal', true],
  ['attention.clamp_kqv', 0],
  ['attention.max_alibi_bias', 0],
  ['attention.scale', 0],
];

/** The `gptneox` of llama.cpp, the architecture of Pythia. All queries come first in the fused matrix, then all keys, then all values. */
const gptneox: GgufLayout = {
  architecture: 'gptneox',
  model: 'gpt-neox',
  root: 'gpt_neox.layers',
  outer: {
    'gpt_neox.embed_in': 'token_embd',
    'gpt_neox.final_layer_norm': 'output_norm',
    embed_out: 'output',
  },
  inner: {
    input_layernorm: 'attn_norm',
    'attention.query_key_value': 'attn_qkv',
    'attention.dense': 'attn_output',
    post_attention_layernorm: 'ffn_norm',
    'mlp.dense_h_to_4h': 'ffn_up',
    'mlp.dense_4h_to_h': 'ffn_down',
  },
  neutral: ['tensor_data_layout', 'pooling_type', 'rope.scaling.finetuned'],
  // llama.cpp computes the tanh form of GELU, from a table of float16 values.
  tolerance: 1e-2,
  hyperparameters(shape) {
    const gelus = stepsOf(shape.program, 'gelu');
    if (gelus.length === 0 || gelus.some(({ form }) => form !== 'erf'))
      throw inexpressible('hidden_act', 'is not gelu');
    const [{ heads }] = stepsOf(shape.program, 'attention');
    const [angles] = stepsOf(shape.program, 'rotary');
    const epsilon = shared(
      'layer_norm_eps',
      stepsOf(shape.program, 'layerNorm').map((step) => step.epsilon),
    );
    return [
      ['block_count', uint32(shape.program.blocks.length)],
      ['context_length', uint32(shape.maxContext)],
      ['embedding_length', uint32(shape.width)],
      ['feed_forward_length', uint32(gelus[0].value.width)],
      ['attention.head_count', uint32(heads)],
      ['attention.head_count_kv', uint32(heads)],
      ['attention.layer_norm_epsilon', float32(epsilon)],
      ['use_parallel_residual', bool(hasParallelResidual(shape))],
      ...ropeEntries(angles),
      ['vocab_size', uint32(shape.vocabulary)],
    ];
  },
  config(metadata, { vocabulary, tied, has, ropeTensors }) {
    const heads = metadata.integer('gptneox.attention.head_count');
    const width = metadata.integer('gptneox.embedding_length');
    const context = metadata.integer('gptneox.context_length');
    const headWidth = width / heads;
    const rotaryDim = metadata.optionalInteger('gptneox.rope.dimension_count') ?? headWidth;
    const parallel = metadata.optionalBool('gptneox.use_parallel_residual');
    if (parallel === undefined) throw badField('gptneox.use_parallel_residual', 'is missing');
    checkImplemented(metadata, 'gptneox', [
      ['attention.head_count_kv', heads],
      ['attention.key_length', headWidth],
      ['attention.value_length', headWidth],
      ...IMPLEMENTED,
    ]);
    const { rope_theta: theta, ...rope } = readRope(metadata, 'gptneox', { rotaryDim, context }, ropeTensors);
    return {
      architectures: ['GPTNeoXForCausalLM'],
      model_type: 'gpt_neox',
      vocab_size: vocabulary,
      hidden_size: width,
      intermediate_size: metadata.integer('gptneox.feed_forward_length'),
      num_hidden_layers: metadata.integer('gptneox.block_count'),
      num_attention_heads: heads,
      max_position_embeddings: context,
      layer_norm_eps: metadata.number('gptneox.attention.layer_norm_epsilon'),
      rotary_emb_base: theta,
      rotary_pct: rotaryDim / headWidth,
      ...rope,
      hidden_act: 'gelu',
      use_parallel_residual: parallel,
      attention_bias: has('blk.0.attn_qkv.bias'),
      tie_word_embeddings: tied,
    };
  },
};

/** Whether the MLP reads the input of its block: its norm comes before attention is added. */
function hasParallelResidual({ program }: ModelShape): boolean {
  return shared(
    'use_parallel_residual',
    program.blocks.map((block) => {
      const ops = block.map(({ op }) => op);
      return ops.lastIndexOf('layerNorm') < ops.indexOf('add');
    }),
  );
}

export default gptneox;
