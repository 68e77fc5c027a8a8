import { inexpressible, type GgufLayout } from '../layout';
import { checkWholeHeads, checkWindow, RMS_NEUTRAL, rmsConfig, rmsEntries, rmsHeads } from '../rmsLayout';
import { ropeTensors } from '../rope';
import { stepsOf } from '../../program';

/** The `qwen3` of llama.cpp: queries and keys are normalised head by head before they are rotated, and no projection has a bias. */
const qwen3: GgufLayout = {
  architecture: 'qwen3',
  root: 'model.layers',
  outer: { 'model.embed_tokens': 'token_embd', 'model.norm': 'output_norm', lm_head: 'output' },
  inner: {
    input_layernorm: 'attn_norm',
    'self_attn.q_proj': 'attn_q',
    'self_attn.k_proj': 'attn_k',
    'self_attn.v_proj': 'attn_v',
    'self_attn.o_proj': 'attn_output',
    'self_attn.q_norm': 'attn_q_norm',
    'self_attn.k_norm': 'attn_k_norm',
    post_attention_layernorm: 'ffn_norm',
    'mlp.gate_proj': 'ffn_gate',
    'mlp.up_proj': 'ffn_up',
    'mlp.down_proj': 'ffn_down',
  },
  neutral: RMS_NEUTRAL,
  tolerance: 1e-3,
  hyperparameters(shape) {
    if (shape.tensors.some(({ role }) => role === 'bias')) throw inexpressible('attention_bias', 'is true');
    return rmsEntries(shape);
  },
  ropeTensors: ({ program }) => ropeTensors(stepsOf(program, 'rotary')[0]),
  config(metadata, tensors) {
    const heads = rmsHeads(metadata, 'qwen3');
    checkWholeHeads('qwen3', heads);
    checkWindow(metadata, 'qwen3', heads.context);
    return {
      ...{ architectures: ['Qwen3ForCausalLM'], model_type: 'qwen3', head_dim: heads.headWidth },
      ...rmsConfig(metadata, 'qwen3', heads, tensors),
      attention_bias: false,
    };
  },
};

export default qwen3;
