import type { QuantisedWriter } from './write';

/** The formats in which quantised checkpoints are written. */
export type WrittenFormat = 'gptq' | 'awq' | 'mlx' | 'compressed-tensors' | 'bitsandbytes';

/** Writers by format. Each is loaded when needed. */
export const QUANTISED_WRITERS: Readonly<Record<WrittenFormat, () => Promise<QuantisedWriter>>> = {
  gptq: async () => (await import('./gptq')).gptqWriter,
  awq: async () => (await import('./awq')).awqWriter,
  mlx: async () => (await import('./mlx')).mlxWriter,
  bitsandbytes: async () => (await import('./bitsandbytesWrite')).bitsandbytesWriter,
  'compressed-tensors': async () => (await import('./compressedTensors/write')).compressedTensorsWriter,
};
