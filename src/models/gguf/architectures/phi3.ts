import type { GgufLayout } from '../layout';
import { RMS_LAYOUT, rmsConfig, rmsEntries, rmsHeads } from '../rmsLayout';
import { stepsOf } from '../../program';
import { badField, uint32 } from '../values';

/**
 * The `phi3` of llama.cpp. Queries, keys and values are one matrix in this order, and so are the gate and the other half of the MLP;
 * `ffn_up` is their name. The tensors of long rotary embeddings apply whatever the type of scaling says.
 */
const phi3: GgufLayout = {
  ...RMS_LAYOUT,
  architecture: 'phi3',
  inner: {
    input_layernorm: 'attn_norm',
    'self_attn.qkv_proj': 'attn_qkv',
    'self_attn.o_proj': 'attn_output',
    post_attention_layernorm: 'ffn_norm',
    'mlp.gate_up_proj': 'ffn_up',
    'mlp.down_proj': 'ffn_down',
  },
  hyperparameters(shape) {
    const [{ window = 0 }] = stepsOf(shape.program, 'attention');
    return [...rmsEntries(shape), ['attention.sliding_window', uint32(window)]];
  },
  config(metadata, tensors) {
    const heads = rmsHeads(metadata, 'phi3');
    const { headWidth, rotaryDim, context } = heads;
    const window = metadata.optionalInteger('phi3.attention.sliding_window') ?? 0;
    const shared = rmsConfig(metadata, 'phi3', heads, tensors, { longByTensors: true });
    if (headWidth * heads.heads !== shared.hidden_size)
      throw badField('phi3.attention.key_length', `is ${headWidth}, but ${heads.heads} heads fill the width`);
    return {
      ...{ architectures: ['Phi3ForCausalLM'], model_type: 'phi3' },
      ...shared,
      ...(rotaryDim !== headWidth && { partial_rotary_factor: rotaryDim / headWidth }),
      original_max_position_embeddings:
        metadata.optionalInteger('phi3.rope.scaling.original_context_length') ?? context,
      sliding_window: window === 0 ? null : window,
    };
  },
};

export default phi3;
