import {
  checkImplemented,
  shared,
  type GgufLayout,
  type ImplementedKey,
  type TensorSummary,
} from '../layout';
import { readRope, ropeEntries, ropeTensors } from '../rope';
import { stepsOf } from '../../program';
import { badField, float32, uint32, type MetadataReader } from '../values';

/** Keys of which llama.cpp implements more than this program does. */
const IMPLEMENTED: readonly ImplementedKey[] = [
  ['expert_count', 0],
  ['expert_used_count', 0],
  ['attention.causal', true],
  ['attention.clamp_kqv', 0],
  ['attention.max_alibi_bias', 0],
  ['use_parallel_residual', false],
];

/** The `llama` of llama.cpp, with grouped-query attention and rotary embeddings over whole heads. */
const llama: GgufLayout = {
  architecture: 'llama',
  root: 'model.layers',
  outer: { 'model.embed_tokens': 'token_embd', 'model.norm': 'output_norm', lm_head: 'output' },
  inner: {
    input_layernorm: 'attn_norm',
    'self_attn.q_proj': 'attn_q',
    'self_attn.k_proj': 'attn_k',
    'self_attn.v_proj': 'attn_v',
    'self_attn.o_proj': 'attn_output',
    post_attention_layernorm: 'ffn_norm',
    'mlp.gate_proj': 'ffn_gate',
    'mlp.up_proj': 'ffn_up',
    'mlp.down_proj': 'ffn_down',
  },
  neutral: ['tensor_data_layout', 'pooling_type', 'rope.scaling.finetuned'],
  tolerance: 1e-3,
  hyperparameters(shape) {
    const [{ heads, keyValueHeads, headWidth }] = stepsOf(shape.program, 'attention');
    const [{ gate }] = stepsOf(shape.program, 'siluGate');
    const [angles] = stepsOf(shape.program, 'rotary');
    const epsilon = shared(
      'rms_norm_eps',
      stepsOf(shape.program, 'rmsNorm').map((step) => step.epsilon),
    );
    return [
      ['block_count', uint32(shape.program.blocks.length)],
      ['context_length', uint32(shape.maxContext)],
      ['embedding_length', uint32(shape.width)],
      ['feed_forward_length', uint32(gate.width)],
      ['attention.head_count', uint32(heads)],
      ['attention.head_count_kv', uint32(keyValueHeads)],
      ['attention.key_length', uint32(headWidth)],
      ['attention.value_length', uint32(headWidth)],
      ['attention.layer_norm_rms_epsilon', float32(epsilon)],
      ...ropeEntries(angles),
      ['vocab_size', uint32(shape.vocabulary)],
    ];
  },
  ropeTensors: ({ program }) => ropeTensors(stepsOf(program, 'rotary')[0]),
  config(metadata, tensors) {
    const width = metadata.integer('llama.embedding_length');
    const heads = metadata.integer('llama.attention.head_count');
    const headWidth = metadata.optionalInteger('llama.attention.key_length') ?? width / heads;
    const context = metadata.integer('llama.context_length');
    checkWidths(metadata, headWidth);
    checkScale(metadata, headWidth);
    checkWindow(metadata, context);
    checkImplemented(metadata, 'llama', IMPLEMENTED);
    return {
      architectures: ['LlamaForCausalLM'],
      model_type: 'llama',
      vocab_size: tensors.vocabulary,
      hidden_size: width,
      intermediate_size: metadata.integer('llama.feed_forward_length'),
      num_hidden_layers: metadata.integer('llama.block_count'),
      num_attention_heads: heads,
      num_key_value_heads: metadata.optionalInteger('llama.attention.head_count_kv') ?? heads,
      head_dim: headWidth,
      max_position_embeddings: context,
      rms_norm_eps: metadata.number('llama.attention.layer_norm_rms_epsilon'),
      ...readRope(metadata, 'llama', { rotaryDim: headWidth, context }, tensors.ropeTensors),
      hidden_act: 'silu',
      tie_word_embeddings: tensors.tied,
      ...biases(tensors),
    };
  },
};

function biases({ has }: TensorSummary): Record<string, boolean> {
  return { attention_bias: has('blk.0.attn_q.bias'), mlp_bias: has('blk.0.ffn_gate.bias') };
}

/** Checks that rotary embeddings cover whole heads and that keys and values have one width, which is all llama.cpp allows. */
function checkWidths(metadata: MetadataReader, headWidth: number): void {
  const rotaryDim = metadata.optionalInteger('llama.rope.dimension_count') ?? headWidth;
  if (rotaryDim !== headWidth)
    throw badField('llama.rope.dimension_count', `is ${rotaryDim}, but the head width is ${headWidth}`);
  const values = metadata.optionalInteger('llama.attention.value_length') ?? headWidth;
  if (values !== headWidth)
    throw badField('llama.attention.value_length', `is ${values}, but the key width is ${headWidth}`);
}

/** Checks that scores are divided by √(head width); llama.cpp takes 0 for that. */
function checkScale(metadata: MetadataReader, headWidth: number): void {
  const scale = metadata.optionalNumber('llama.attention.scale') ?? 0;
  const usual = 1 / Math.sqrt(headWidth);
  if (scale !== 0 && Math.abs(scale - usual) > 1e-6 * usual)
    throw badField('llama.attention.scale', `is ${scale}, not 1/√${headWidth}`);
}

/** Checks that no window hides keys within the context; llama.cpp takes 0 for no window. */
function checkWindow(metadata: MetadataReader, context: number): void {
  const window = metadata.optionalInteger('llama.attention.sliding_window') ?? 0;
  if (window !== 0 && window < context)
    throw badField('llama.attention.sliding_window', `is ${window}, shorter than the context of ${context}`);
}

export default llama;
