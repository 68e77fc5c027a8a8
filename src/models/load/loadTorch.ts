import type { WeightsFormat } from './weightsFormat';

/** What transformers wrote before safetensors. The reader is loaded when a model needs it. */
export const torchWeights: WeightsFormat = {
  single: 'pytorch_model.bin',
  index: 'pytorch_model.bin.index.json',
  part: /^[\w.-]+\.bin$/,
  open: async (source, options) => {
    const { torchTensors } = await import('../../formats/torch/tensors');
    return torchTensors(source, options);
  },
};
