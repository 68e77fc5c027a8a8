import type { Weights } from './weights';

/** Keys of config.json that describe a quantisation, the usual one first. */
export const QUANTISATION_KEYS = ['quantization_config', 'quantization', 'compression_config'];
/** Suffixes of tensors that only quantised checkpoints have. */
const PACKED = /\.(qweight|weight_packed|weight_scale|weight_scale_inv|SCB|weight\.absmax)$/;

type Config = Readonly<Record<string, unknown>>;

/**
 * Returns config.json as it is for float weights: without what describes the quantisation, whether that can be read or not. The
 * same object if there is nothing.
 */
export function withoutQuantisation(config: Config): Config {
  if (!describesQuantisation(config)) return config;
  return Object.fromEntries(Object.entries(config).filter(([key]) => !QUANTISATION_KEYS.includes(key)));
}

/** Whether config.json or the names of the tensors say that a tool quantised the weights (quantised.ts reads them then). */
export function isQuantised(config: Config, tensors: Weights['tensors']): boolean {
  return describesQuantisation(config) || firstPacked(tensors) !== undefined;
}

/** Returns the first tensor that only quantised checkpoints have. */
export function firstPacked(tensors: Weights['tensors']): string | undefined {
  return [...tensors.keys()].find((name) => PACKED.test(name));
}

function describesQuantisation(config: Config): boolean {
  return QUANTISATION_KEYS.some((key) => Object.hasOwn(config, key));
}
