import { inexpressible, type GgufLayout } from '../layout';
import {
  checkWholeHeads,
  checkWindow,
  RMS_BLOCK,
  RMS_LAYOUT,
  rmsConfig,
  rmsEntries,
  rmsHeads,
} from '../rmsLayout';

/** The `qwen3` of llama.cpp: queries and keys are normalised head by head before they are rotated, and no projection has a bias. */
const qwen3: GgufLayout = {
  ...RMS_LAYOUT,
  architecture: 'qwen3',
  inner: { ...RMS_BLOCK, 'self_attn.q_norm': 'attn_q_norm', 'self_attn.k_norm': 'attn_k_norm' },
  hyperparameters(shape) {
    if (shape.tensors.some(({ role }) => role === 'bias')) throw inexpressible('attention_bias', 'is true');
    return rmsEntries(shape);
  },
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
