import type { GgufLayout, TensorSummary } from '../layout';
import { checkWholeHeads, checkWindow, RMS_NEUTRAL, rmsConfig, rmsEntries, rmsHeads } from '../rmsLayout';
import { ropeTensors } from '../rope';
import { stepsOf } from '../../program';

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
  neutral: RMS_NEUTRAL,
  rotatesNeighbours: true,
  tolerance: 1e-3,
  hyperparameters: rmsEntries,
  ropeTensors: ({ program }) => ropeTensors(stepsOf(program, 'rotary')[0]),
  config(metadata, tensors) {
    const heads = rmsHeads(metadata, 'llama');
    checkWholeHeads('llama', heads);
    checkWindow(metadata, 'llama', heads.context);
    return {
      ...{ architectures: ['LlamaForCausalLM'], model_type: 'llama', head_dim: heads.headWidth },
      ...rmsConfig(metadata, 'llama', heads, tensors),
      ...biases(tensors),
    };
  },
};

function biases({ has }: TensorSummary): Record<string, boolean> {
  return { attention_bias: has('blk.0.attn_q.bias'), mlp_bias: has('blk.0.ffn_gate.bias') };
}

export default llama;
