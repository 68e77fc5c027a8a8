import { shared, type TensorSummary, type GgufLayout } from '../layout';
import { stepsOf } from '../../program';
import { badField, float32, uint32, type MetadataReader } from '../values';

/** The `llama` of llama.cpp, with grouped-query attention and unscaled rotary embeddings over whole heads. */
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
  tolerance: 1e-3,
  hyperparameters(shape) {
    const [{ heads, keyValueHeads, headWidth }] = stepsOf(shape.program, 'attention');
    const [{ gate }] = stepsOf(shape.program, 'siluGate');
    const [{ theta }] = stepsOf(shape.program, 'rotary');
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
      ['rope.dimension_count', uint32(headWidth)],
      ['rope.freq_base', float32(theta)],
      ['vocab_size', uint32(shape.vocabulary)],
    ];
  },
  config(metadata, tensors) {
    const width = metadata.integer('llama.embedding_length');
    const heads = metadata.integer('llama.attention.head_count');
    const headWidth = metadata.optionalInteger('llama.attention.key_length') ?? width / heads;
    checkRotary(metadata, headWidth);
    checkDense(metadata);
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
      max_position_embeddings: metadata.integer('llama.context_length'),
      rms_norm_eps: metadata.number('llama.attention.layer_norm_rms_epsilon'),
      // The default of llama.cpp.
      rope_theta: metadata.optionalNumber('llama.rope.freq_base') ?? 10_000,
      hidden_act: 'silu',
      tie_word_embeddings: tensors.tied,
      ...biases(tensors),
    };
  },
};

function biases({ has }: TensorSummary): Record<string, boolean> {
  return { attention_bias: has('blk.0.attn_q.bias'), mlp_bias: has('blk.0.ffn_gate.bias') };
}

/** Checks that rotary embeddings are unscaled and cover whole heads, which is all that is implemented. */
function checkRotary(metadata: MetadataReader, headWidth: number): void {
  const scaling = metadata.optionalString('llama.rope.scaling.type') ?? 'none';
  if (scaling !== 'none')
    throw badField('llama.rope.scaling.type', `is ${JSON.stringify(scaling)}, not "none"`);
  const rotaryDim = metadata.optionalInteger('llama.rope.dimension_count') ?? headWidth;
  if (rotaryDim !== headWidth)
    throw badField('llama.rope.dimension_count', `is ${rotaryDim}, but the head width is ${headWidth}`);
  const values = metadata.optionalInteger('llama.attention.value_length') ?? headWidth;
  if (values !== headWidth)
    throw badField('llama.attention.value_length', `is ${values}, but the key width is ${headWidth}`);
}

function checkDense(metadata: MetadataReader): void {
  const experts = metadata.optionalInteger('llama.expert_count') ?? 0;
  if (experts > 0)
    throw badField('llama.expert_count', `is ${experts}, but mixtures of experts are not supported`);
}

export default llama;
