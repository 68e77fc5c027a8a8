import type { QuantisedFormat } from './types';

/** Readers by the `quant_method` of config.json; `mlx` has none, and is known by its settings. Each is loaded when needed. */
export const QUANTISED_FORMATS: Readonly<Record<string, () => Promise<QuantisedFormat>>> = {
  gptq: async () => (await import('./gptq')).gptq,
  awq: async () => (await import('./awq')).awq,
  'compressed-tensors': async () => (await import('./compressedTensors/open')).compressedTensors,
  bitsandbytes: async () => (await import('./bitsandbytes')).bitsandbytes,
  mlx: async () => (await import('./mlx')).mlx,
};
