import type { WeightsFormat } from './weightsFormat';

/** What transformers wrote before safetensors. The reader is loaded when a model needs it. */
export const torchWeights: WeightsFormat = {
  single: 'pytorch_model.bin',
  index: 'pytorch_model.bin.index.json',
  part: /^[\w.-]+\.bin$/,
  parse: async (bytes, signal) => {
    const { parseTorch } = await import('../formats/torch/parse');
    return parseTorch(bytes, signal);
  },
};
