import type { GgufLayout, TensorSummary } from '../layout';
import {
  checkWholeHeads,
  checkWindow,
  RMS_BLOCK,
  RMS_LAYOUT,
  rmsConfig,
  rmsEntries,
  rmsHeads,
} from '../rmsLayout';

/** The `llama` of llama.cpp, with grouped-query attention and rotary embeddings over whole heads. */
const llama: GgufLayout = {
  ...RMS_LAYOUT,
  architecture: 'llama',
  inner: RMS_BLOCK,
  rotatesNeighbours: true,
  hyperparameters: rmsEntries,
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
